import { type Hex, parseGwei, type TransactionSerializableEIP1559, toHex } from "viem";
import { type LocalAccount, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEVELOPMENT_MNEMONIC } from "../../protocol/index.ts";
import { receiptOf } from "../support/receiptOf.ts";
import { RpcError, rpc } from "../support/rpc.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";
import { expectSealed, type NodeWatch, watchNode } from "./standing.ts";

const TO = "0x00000000000000000000000000000000000000aa";
const rich = mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex: 1 });
const poor = privateKeyToAccount(toHex(77, { size: 32 }));
const SERVER_ERROR = -32000;

let node: TestNode;
let watch: NodeWatch;
beforeAll(async () => {
  node = await startTestNode({ BRAID_HEARTBEAT_MS: "3600000" });
  watch = await watchNode(node);
}, 60_000);
afterAll(async () => {
  watch.stop();
  await node.stop();
});

type Fields = Partial<Omit<TransactionSerializableEIP1559, "type" | "chainId">> & { chainId?: number };

/** A good transfer of account 1, its first, but for `fields`. */
function signed(fields: Fields = {}, account: LocalAccount = rich): Promise<Hex> {
  return account.signTransaction({
    type: "eip1559",
    chainId: 7357,
    nonce: 0,
    gas: 21_000n,
    to: TO,
    value: 1n,
    maxFeePerGas: parseGwei("2"),
    maxPriorityFeePerGas: parseGwei("1"),
    ...fields,
  });
}

async function refusal(raw: unknown): Promise<{ code: number; message: string }> {
  try {
    const hash = await rpc(node.rpcUrl, "eth_sendRawTransaction", [raw]);
    throw new TypeError(`was taken as ${hash}`);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return { code: error.rpcCode, message: error.message.replace("eth_sendRawTransaction: ", "") };
  }
}

async function expectRefused(raw: unknown, code: number, message: string): Promise<void> {
  const before = await watch.standing();
  expect(await refusal(raw)).toEqual({ code, message });
  expect(await watch.standing()).toEqual(before);
}

const bytes = (length: number) => toHex(new Uint8Array(length).fill(1));
const TRANSFER_COST = 21_000n * parseGwei("2") + 1n;

describe("what is no transaction", () => {
  it.each([
    [
      "not hex",
      "hello",
      -32602,
      "invalid argument 0: json: cannot unmarshal hex string without 0x prefix into Go value of type hexutil.Bytes",
    ],
    [
      "odd hex",
      "0x123",
      -32602,
      "invalid argument 0: json: cannot unmarshal hex string of odd length into Go value of type hexutil.Bytes",
    ],
    [
      "a number",
      7,
      -32602,
      "invalid argument 0: json: cannot unmarshal non-string into Go value of type hexutil.Bytes",
    ],
    ["nothing", undefined, -32602, "missing value for required argument 0"],
    ["no bytes", "0x", SERVER_ERROR, "typed transaction too short"],
    ["garbage", "0x7e01020304", SERVER_ERROR, "transaction type not supported"],
    ["a string in RLP", "0x8401020304", SERVER_ERROR, "rlp: expected List for transaction"],
  ])("%s", async (_what, raw, code, message) => {
    await expectRefused(raw, code, message);
  });

  it("a transaction that somebody cut short or changed", async () => {
    const whole = await signed();
    expect((await refusal(whole.slice(0, -2))).message).toMatch(/^rlp: /);
    expect((await refusal(`${whole}00`)).message).toBe("rlp: trailing bytes after transaction");
    // Another r recovers to another account, or to none: never to the one that signed.
    const changed = whole
      .slice(0, -66)
      .concat(whole.slice(-66).replace(/.$/, (d) => (d === "1" ? "2" : "1")));
    expect((await refusal(changed)).message).toMatch(
      /^(insufficient funds|invalid transaction v, r, s values)/,
    );
  });

  it("a transaction without a signature", async () => {
    const { serializeTransaction } = await import("viem");
    const unsigned = serializeTransaction({ type: "eip1559", chainId: 7357, nonce: 0, gas: 21_000n, to: TO });
    expect((await refusal(unsigned)).message).toMatch(/^rlp: /);
  });

  it("a blob transaction", async () => {
    const blob = await rich.signTransaction({
      type: "eip4844",
      chainId: 7357,
      nonce: 0,
      gas: 21_000n,
      to: TO,
      maxFeePerGas: parseGwei("2"),
      maxPriorityFeePerGas: 1n,
      maxFeePerBlobGas: 1n,
      blobVersionedHashes: [`0x01${"00".repeat(31)}`],
    });
    await expectRefused(blob, SERVER_ERROR, "transaction type not supported");
  });
});

describe("what the chain cannot take", () => {
  it("another chain's", async () => {
    const message = "invalid sender: invalid chain id for signer: have 1 want 7357";
    await expectRefused(await signed({ chainId: 1 }), SERVER_ERROR, message);
  });

  it("one for any chain", async () => {
    const legacy = { type: "legacy", nonce: 0, gas: 21_000n, to: TO, gasPrice: parseGwei("2") } as const;
    const message = "only replay-protected (EIP-155) transactions allowed over RPC";
    await expectRefused(await rich.signTransaction(legacy), SERVER_ERROR, message);
  });

  it("underpriced", async () => {
    const raw = await signed({ maxFeePerGas: 1n, maxPriorityFeePerGas: 1n });
    const message = "transaction underpriced: gas fee cap 1, minimum needed 20000000";
    await expectRefused(raw, SERVER_ERROR, message);
  });

  it("a tip above the fee cap", async () => {
    // viem refuses to sign such a thing, so this was signed elsewhere: the last field before the gas is changed.
    const fields = { maxFeePerGas: parseGwei("2"), maxPriorityFeePerGas: parseGwei("2") };
    const raw = (await signed(fields)).replace("847735940084773594", "847735940184773594");
    await expectRefused(raw, SERVER_ERROR, "max priority fee per gas higher than max fee per gas");
  });

  it("unaffordable", async () => {
    const cost = `balance 0, tx cost ${TRANSFER_COST}, overshot ${TRANSFER_COST}`;
    const message = `insufficient funds for gas * price + value: ${cost}`;
    await expectRefused(await signed({}, poor), SERVER_ERROR, message);
  });

  it("too large", async () => {
    const raw = await signed({ data: bytes(110_001), gas: 10_000_000n });
    const message = `oversized data: transaction size ${raw.length / 2 - 1}, limit 110000`;
    await expectRefused(raw, SERVER_ERROR, message);
  });

  it("less gas than its form costs", async () => {
    const message = "intrinsic gas too low: gas 20999, minimum needed 21000";
    await expectRefused(await signed({ gas: 20_999n }), SERVER_ERROR, message);
  });

  it("less gas than its data's floor (EIP-7623)", async () => {
    const raw = await signed({ gas: 21_000n + 16n * 1000n, data: bytes(1000) });
    const message = "insufficient gas for floor data gas cost: gas 37000, minimum needed 61000";
    await expectRefused(raw, SERVER_ERROR, message);
  });

  it("more gas than one transaction may have (EIP-7825)", async () => {
    const message = "transaction gas limit too high (cap: 16777216, tx: 16777217)";
    await expectRefused(await signed({ gas: 2n ** 24n + 1n }), SERVER_ERROR, message);
  });

  it("too much initcode (EIP-3860)", async () => {
    const raw = await signed({ to: null, data: bytes(49_153), gas: 5_000_000n });
    await expectRefused(raw, SERVER_ERROR, "max initcode size exceeded: code size 49153, limit 49152");
  });
});

describe("what does not go with what is there", () => {
  it("waits behind a nonce gap, is known, wants a real raise; the missing nonce lets it go", async () => {
    const head = await rpc(node.rpcUrl, "eth_blockNumber", []);
    const waiting = await signed({ nonce: 1 });
    const first = String(await rpc(node.rpcUrl, "eth_sendRawTransaction", [waiting]));
    await expect.poll(() => rpc(node.rpcUrl, "txpool_status", [])).toEqual({ pending: "0x0", queued: "0x1" });
    await expectRefused(waiting, SERVER_ERROR, "already known");
    const dearer = (percent: bigint) => ({
      nonce: 1,
      maxFeePerGas: (parseGwei("2") * percent) / 100n,
      maxPriorityFeePerGas: (parseGwei("1") * percent) / 100n,
    });
    const little = await signed(dearer(109n));
    await expectRefused(little, SERVER_ERROR, "replacement transaction underpriced");
    expect(await rpc(node.rpcUrl, "eth_blockNumber", [])).toBe(head);

    const replacement = await rpc(node.rpcUrl, "eth_sendRawTransaction", [await signed(dearer(110n))]);
    await expect.poll(() => rpc(node.rpcUrl, "txpool_status", [])).toEqual({ pending: "0x0", queued: "0x1" });
    await rpc(node.rpcUrl, "eth_sendRawTransaction", [await signed()]);
    expect((await receiptOf(node.rpcUrl, String(replacement))).status).toBe("0x1");
    expect(await rpc(node.rpcUrl, "eth_getTransactionReceipt", [first])).toBeNull();
  });

  it("a nonce that was used", async () => {
    await expect.poll(() => rpc(node.rpcUrl, "txpool_status", [])).toEqual({ pending: "0x0", queued: "0x0" });
    await expectRefused(await signed(), SERVER_ERROR, "nonce too low: next nonce 2, tx nonce 0");
  });

  it("and a good transaction is mined after all of that", async () => {
    await expectSealed(node.rpcUrl, 1);
    expect(await rpc(node.rpcUrl, "eth_getTransactionCount", [poor.address, "latest"])).toBe("0x0");
  });
});
