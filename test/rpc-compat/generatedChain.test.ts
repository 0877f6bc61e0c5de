import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Block, createBlock, type HeaderData } from "@ethereumjs/block";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BadBlockError } from "../../executor/index.ts";
import { bytesToHex } from "../../protocol/index.ts";
import {
  CHAIN_ID,
  FORKS,
  type GeneratedChain,
  generateChain,
  MINER,
  SENDER,
  UNCLE_MINER,
  WITHDRAWN,
} from "./generatedChain.ts";
import { type ServedChain, serveChain } from "./servedChain.ts";

let made: GeneratedChain;
let served: ServedChain;

beforeAll(async () => {
  made = await generateChain();
  served = await serveChain(made.files);
}, 120_000);
afterAll(async () => {
  await served?.stop();
  if (made !== undefined) await rm(made.folder, { recursive: true, force: true });
});

const hex = (value: number | bigint) => `0x${value.toString(16)}`;
const headerOf = (number: number) => made.blocks[number]?.header;

async function blockAt(number: number, full = false): Promise<Record<string, unknown>> {
  return Object(await served.call("eth_getBlockByNumber", hex(number), full));
}

/** What a header must show by its fork, as hex; undefined: nothing. */
function expectedHeader({ header }: Block): Record<string, unknown> {
  const bytes = (value: Uint8Array | undefined) => (value === undefined ? undefined : bytesToHex(value));
  const number = (value: bigint | undefined) => (value === undefined ? undefined : hex(value));
  return {
    hash: bytesToHex(header.hash()),
    parentHash: bytesToHex(header.parentHash),
    sha3Uncles: bytesToHex(header.uncleHash),
    stateRoot: bytesToHex(header.stateRoot),
    receiptsRoot: bytesToHex(header.receiptTrie),
    logsBloom: bytesToHex(header.logsBloom),
    difficulty: hex(header.difficulty),
    nonce: bytesToHex(header.nonce),
    mixHash: bytesToHex(header.mixHash),
    gasUsed: hex(header.gasUsed),
    baseFeePerGas: number(header.baseFeePerGas),
    withdrawalsRoot: bytes(header.withdrawalsRoot),
    blobGasUsed: number(header.blobGasUsed),
    excessBlobGas: number(header.excessBlobGas),
    parentBeaconBlockRoot: bytes(header.parentBeaconBlockRoot),
    requestsHash: bytes(header.requestsHash),
  };
}

describe("a generated Ethereum chain, served", () => {
  test("every block shows the header that its maker gave it", async () => {
    expect(await served.call("eth_chainId")).toBe(hex(CHAIN_ID));
    expect(await served.call("eth_blockNumber")).toBe(hex(made.blocks.length - 1));
    for (const block of made.blocks) {
      const shown = await blockAt(Number(block.header.number));
      for (const [field, value] of Object.entries(expectedHeader(block))) {
        expect(shown[field], `block ${block.header.number}: ${field}`).toEqual(value);
      }
      expect(shown["size"]).toBe(hex(block.serialize().length));
    }
  });

  test("every state is there: balances of miner, uncle's miner and sender after each block", async () => {
    for (const block of made.blocks) {
      const number = Number(block.header.number);
      for (const address of [MINER, UNCLE_MINER, SENDER.toString(), WITHDRAWN]) {
        const balance = await served.call("eth_getBalance", address, hex(number));
        expect(balance, `${address} after block ${number}`).toBe(hex(await made.balanceAt(number, address)));
      }
    }
  });

  test("a contract's storage is there while it lives, and gone after it", async () => {
    const slot = (number: number, key: number) =>
      served.call("eth_getStorageAt", made.contract, hex(key), hex(number));
    const word = (value: number) => `0x${value.toString(16).padStart(64, "0")}`;
    expect([await slot(2, 1), await slot(2, 2)]).toEqual([word(11), word(22)]);
    expect([await slot(3, 1), await slot(3, 2)]).toEqual([word(0), word(22)]);
    expect([await slot(4, 2), await slot(4, 3)]).toEqual([word(0), word(0)]);
    const head = made.blocks.length - 1;
    expect(await slot(head, 2)).toBe(word(0));
    expect(await served.call("eth_getCode", made.contract, "latest")).toBe("0x");
    const genesisSlot = await served.call(
      "eth_getStorageAt",
      "0x0000000000000000000000000000000000000abc",
      "0x1",
      "0x0",
    );
    expect(genesisSlot).toBe(word(42));
  });

  test("receipts have a root before Byzantium and a status from then on", async () => {
    const receipts = async (number: number) => Object(await served.call("eth_getBlockReceipts", hex(number)));
    const [before] = await receipts(1);
    const [after] = await receipts(FORKS.byzantium);
    expect(before.root).toMatch(/^0x[0-9a-f]{64}$/);
    expect(before.status).toBeUndefined();
    expect(before.contractAddress).toBe(made.contract);
    expect(after.status).toBe("0x1");
    expect(after.root).toBeUndefined();
    expect(after.logs).toHaveLength(1);
  });

  test("an uncle is shown by number and by hash", async () => {
    const block = made.blocks[3];
    const uncle = block?.uncleHeaders[0];
    if (block === undefined || uncle === undefined) throw new TypeError("block 3 has no uncle");
    const hash = bytesToHex(uncle.hash());
    expect((await blockAt(3))["uncles"]).toEqual([hash]);
    expect(await served.call("eth_getUncleCountByBlockNumber", "0x3")).toBe("0x1");
    const byNumber = Object(await served.call("eth_getUncleByBlockNumberAndIndex", "0x3", "0x0"));
    const byHash = await served.call("eth_getUncleByBlockHashAndIndex", bytesToHex(block.hash()), "0x0");
    expect(byNumber).toEqual(byHash);
    expect(byNumber).toMatchObject({ hash, miner: UNCLE_MINER, number: "0x2", uncles: [] });
    expect(await served.call("eth_getUncleByBlockNumberAndIndex", "0x3", "0x1")).toBeNull();
  });

  test("withdrawals and blob transactions are shown with their fields", async () => {
    const withdrawal = { index: "0x0", validatorIndex: "0x9", address: WITHDRAWN, amount: hex(1_000_000) };
    expect((await blockAt(FORKS.shanghai))["withdrawals"]).toEqual([withdrawal]);
    expect((await blockAt(FORKS.shanghai - 1))["withdrawals"]).toBeUndefined();
    const [transaction] = Object((await blockAt(FORKS.cancun, true))["transactions"]);
    expect(transaction).toMatchObject({ type: "0x3", maxFeePerBlobGas: hex(100_000_000_000) });
    expect(transaction.blobVersionedHashes).toHaveLength(2);
    const receipt = Object(await served.call("eth_getTransactionReceipt", transaction.hash));
    expect(receipt).toMatchObject({ blobGasUsed: hex(2 * 131_072), blobGasPrice: "0x1", type: "0x3" });
  });

  test("blob parameters are the chain's own after its last fork", async () => {
    // EIP-7918 with 4 of 4 blobs over a target of 2: excess + 4 · 131072 · (4 - 2) / 4.
    const before = headerOf(FORKS.bpo1)?.excessBlobGas ?? 0n;
    const next = headerOf(FORKS.bpo1 + 1)?.excessBlobGas ?? 0n;
    expect(next - before).toBe(262_144n);
    const history = Object(await served.call("eth_feeHistory", "0x1", hex(FORKS.bpo1), []));
    expect(history.blobGasUsedRatio).toEqual([1]);
    expect(history.baseFeePerGas[1]).toBe(hex(headerOf(FORKS.bpo1 + 1)?.baseFeePerGas ?? 0n));
  });

  test("fee history crosses the forks that brought each price", async () => {
    const history = Object(await served.call("eth_feeHistory", "0x3", hex(FORKS.london), [50]));
    expect(history.baseFeePerGas.slice(0, 3)).toEqual(["0x0", "0x0", hex(1_000_000_000)]);
    expect(history.baseFeePerBlobGas).toEqual(["0x0", "0x0", "0x0", "0x0"]);
    expect(history.reward).toHaveLength(3);
  });

  test("all blocks are safe and finalized", async () => {
    for (const tag of ["latest", "safe", "finalized"]) {
      expect(Object(await served.call("eth_getBlockByNumber", tag, false)).number).toBe(
        hex(made.blocks.length - 1),
      );
    }
    expect(await served.call("eth_syncing")).toBe(false);
  });
});

describe("a chain that is not what its headers say", () => {
  const wrong = new Uint8Array(32).fill(1);
  const cases: [string, number, HeaderData][] = [
    ["stateRoot", 2, { stateRoot: wrong }],
    ["receiptsRoot", 2, { receiptTrie: wrong }],
    ["transactionsRoot", 2, { transactionsTrie: wrong }],
    ["logsBloom", 2, { logsBloom: new Uint8Array(256).fill(2) }],
    ["gasUsed", 2, { gasUsed: 1n }],
    ["sha3Uncles", 3, { uncleHash: wrong }],
    ["difficulty", 3, { difficulty: 1n }],
    ["parentHash", 3, { parentHash: wrong }],
    ["baseFeePerGas", FORKS.london + 1, { baseFeePerGas: 8n }],
    ["withdrawalsRoot", FORKS.shanghai, { withdrawalsRoot: wrong }],
    ["excessBlobGas", FORKS.cancun + 1, { excessBlobGas: 1n }],
    ["blobGasUsed", FORKS.cancun, { blobGasUsed: 131_072n }],
    ["requestsHash", FORKS.prague, { requestsHash: wrong }],
    ["timestamp", 3, { timestamp: 1n }],
  ];
  test.each(cases)("is refused: %s", async (field, number, header) => {
    const blocks = made.blocks.slice(1).map((block) => {
      if (Number(block.header.number) !== number) return block;
      const data = { ...block, header: { ...block.header, ...header } };
      return createBlock(data, { common: block.common, skipConsensusFormatValidation: true });
    });
    const chain = join(made.folder, `bad-${field}.rlp`);
    await writeFile(chain, Buffer.concat(blocks.map((block) => block.serialize())));
    const refused = serveChain({ genesis: made.files.genesis, chain });
    await expect(refused).rejects.toThrow(BadBlockError);
    await expect(refused).rejects.toMatchObject({ blockNumber: number, field });
  });
});
