import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createRedis } from "../../infra/index.ts";
import {
  decodeTransaction,
  developmentGenesis,
  EMPTY_BYTES,
  type GenesisAccount,
  hexToBytes,
  keccak256,
} from "../../protocol/index.ts";
import { MemoryState } from "../../test/support/memoryState.ts";
import { testKey } from "../../test/support/signTransfer.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { createMempool, type Mempool } from "../mempool/index.ts";
import { createAdmission, MAX_TRANSACTION_BYTES } from "./index.ts";

const CHAIN_ID = 7357;
const DELEGATE = "44".repeat(20);
const SENDERS = {
  rich: 0,
  used: 1,
  poor: 2,
  contract: 3,
  delegated: 4,
  almostDelegated: 5,
  absent: 6,
} as const;

const { config } = developmentGenesis({ chainId: CHAIN_ID, gasLimit: 12_000_000n, baseFeeFloor: 100n });
const state = new MemoryState([
  account(SENDERS.rich, {}),
  account(SENDERS.used, { nonce: 7n }),
  account(SENDERS.poor, { balance: 21_000_000n }),
  account(SENDERS.contract, { code: hexToBytes("0x6000") }),
  account(SENDERS.delegated, { code: hexToBytes(`0xef0100${DELEGATE}`) }),
  account(SENDERS.almostDelegated, { code: hexToBytes(`0xef0101${DELEGATE}`) }),
]);

let stack: TestStack;
let redis: Awaited<ReturnType<typeof createRedis>>;
let mempool: Mempool;

beforeAll(async () => {
  stack = await startTestStack({ redis: true });
  redis = await createRedis(stack.redisUrl);
  const limits = { total: 100, perSender: 10, queuedPerSender: 2, timeToLiveMs: 60_000 };
  mempool = createMempool(redis, limits);
});
beforeEach(async () => {
  await redis.flushall();
});
afterAll(async () => {
  redis.disconnect();
  await stack.stop();
});

function account(sender: number, fields: Partial<GenesisAccount>): GenesisAccount {
  const address = hexToBytes(privateKeyToAccount(testKey(sender)).address);
  const code = fields.code ?? EMPTY_BYTES;
  return {
    address,
    nonce: 0n,
    balance: 10n ** 20n,
    storage: [],
    ...fields,
    code,
    codeHash: keccak256(code),
  };
}

interface Fields {
  sender?: keyof typeof SENDERS;
  type?: "eip1559" | "legacy";
  chainId?: number;
  nonce?: number;
  gas?: bigint;
  to?: `0x${string}` | null;
  value?: bigint;
  data?: `0x${string}`;
  feeCap?: bigint;
  tip?: bigint;
}

async function sign(fields: Fields): Promise<Uint8Array> {
  const signer = privateKeyToAccount(testKey(SENDERS[fields.sender ?? "rich"]));
  const shared = {
    nonce: fields.nonce ?? 0,
    gas: fields.gas ?? 21_000n,
    to: fields.to === undefined ? (`0x${"44".repeat(20)}` as const) : fields.to,
    value: fields.value ?? 1n,
    data: fields.data ?? "0x",
  };
  const feeCap = fields.feeCap ?? 1000n;
  if (fields.type === "legacy") {
    return hexToBytes(await signer.signTransaction({ type: "legacy", ...shared, gasPrice: feeCap }));
  }
  return hexToBytes(
    await signer.signTransaction({
      type: "eip1559",
      chainId: fields.chainId ?? CHAIN_ID,
      ...shared,
      maxFeePerGas: feeCap,
      maxPriorityFeePerGas: fields.tip ?? 0n,
    }),
  );
}

const admission = () => createAdmission({ mempool, state, config, feeCap: 10n ** 18n });

describe("refusals, in geth's words", () => {
  test.each<[string, Fields, string, string]>([
    [
      "no replay protection",
      { type: "legacy" },
      "UNPROTECTED",
      "only replay-protected (EIP-155) transactions allowed over RPC",
    ],
    [
      "another chain",
      { chainId: 1 },
      "WRONG_CHAIN",
      "invalid sender: invalid chain id for signer: have 1 want 7357",
    ],
    [
      "a fee that can only be a mistake",
      { feeCap: 50_000_000_000_000n },
      "FEE_CAP",
      "tx fee (1.05 ether) exceeds the configured cap (1.00 ether)",
    ],
    [
      "too long initcode",
      { to: null, data: `0x${"00".repeat(49_153)}`, gas: 5_000_000n },
      "INITCODE_TOO_LARGE",
      "max initcode size exceeded: code size 49153, limit 49152",
    ],
    [
      "gas over the cap of a transaction",
      { gas: 16_777_217n },
      "GAS_LIMIT_TOO_HIGH",
      "transaction gas limit too high (cap: 16777216, tx: 16777217)",
    ],
    ["gas over a block's", { gas: 12_000_001n }, "EXCEEDS_BLOCK_GAS", "exceeds block gas limit"],
    [
      "a fee cap below the floor",
      { feeCap: 99n },
      "UNDERPRICED",
      "transaction underpriced: gas fee cap 99, minimum needed 100",
    ],
    [
      "gas below the intrinsic cost",
      { gas: 20_999n },
      "INTRINSIC_GAS",
      "intrinsic gas too low: gas 20999, minimum needed 21000",
    ],
    [
      "gas below the floor of its data",
      { data: "0x0101", gas: 21_079n },
      "FLOOR_DATA_GAS",
      "insufficient gas for floor data gas cost: gas 21079, minimum needed 21080",
    ],
    [
      "a used nonce",
      { sender: "used", nonce: 6 },
      "NONCE_TOO_LOW",
      "nonce too low: next nonce 7, tx nonce 6",
    ],
    [
      "too little money",
      { sender: "poor" },
      "INSUFFICIENT_FUNDS",
      "insufficient funds for gas * price + value: balance 21000000, tx cost 21000001, overshot 1",
    ],
    [
      "an account that does not exist",
      { sender: "absent" },
      "INSUFFICIENT_FUNDS",
      "insufficient funds for gas * price + value: balance 0, tx cost 21000001, overshot 21000001",
    ],
    ["a contract as sender", { sender: "contract" }, "SENDER_NOT_EOA", "sender not an eoa"],
    [
      "code that only looks like a delegation",
      { sender: "almostDelegated" },
      "SENDER_NOT_EOA",
      "sender not an eoa",
    ],
  ])("%s", async (_, fields, code, message) => {
    const refused = admission().admit(await sign(fields));
    const expected = code === "SENDER_NOT_EOA" ? expect.stringContaining(message) : message;
    await expect(refused).rejects.toMatchObject({ code: `ADMISSION_${code}`, message: expected });
    expect(await redis.dbsize()).toBe(0);
  });

  test.each<[string, Uint8Array, string]>([
    [
      "too many bytes, before looking at them",
      new Uint8Array(MAX_TRANSACTION_BYTES + 1),
      `oversized data: transaction size ${MAX_TRANSACTION_BYTES + 1}, limit ${MAX_TRANSACTION_BYTES}`,
    ],
    ["nothing", EMPTY_BYTES, "typed transaction too short"],
    ["a blob transaction", hexToBytes("0x03c0"), "transaction type not supported"],
  ])("%s", async (_, raw, message) => {
    await expect(admission().admit(raw)).rejects.toMatchObject({ message });
    expect(await redis.dbsize()).toBe(0);
  });

  test("what the pool refuses is told as the pool says it", async () => {
    const raw = await sign({});
    await admission().admit(raw);
    await expect(admission().admit(raw)).rejects.toMatchObject({ message: "already known" });
    await expect(admission().admit(await sign({ value: 2n }))).rejects.toMatchObject({
      message: "replacement transaction underpriced",
    });
    expect(await mempool.status()).toEqual({ pending: 1, queued: 0 });
  });
});

describe("all that the sender has in the pool must be covered", () => {
  const cost = 21_000n * 1000n;
  const balance = 10n ** 20n;

  test("by the transaction's own cost and that of those before", async () => {
    await admission().admit(await sign({ nonce: 0, value: balance - cost - 10n }));
    await expect(admission().admit(await sign({ nonce: 1, value: 5n }))).rejects.toMatchObject({
      code: "MEMPOOL_INSUFFICIENT_FUNDS",
      message: `insufficient funds for gas * price + value: balance ${balance}, queued cost ${balance - 10n}, tx cost ${cost + 5n}, overshot ${cost - 5n}`,
    });
    expect(await mempool.status()).toEqual({ pending: 1, queued: 0 });
  });

  test("also when one replaces another", async () => {
    await admission().admit(await sign({ nonce: 0, value: balance / 2n }));
    await admission().admit(await sign({ nonce: 1, value: balance / 4n }));
    const spent = balance / 2n + balance / 4n + 2n * cost;
    const bump = balance / 2n + cost;
    await expect(
      admission().admit(await sign({ nonce: 1, value: (balance * 3n) / 4n, feeCap: 2000n })),
    ).rejects.toMatchObject({
      message: `insufficient funds for gas * price + value: balance ${balance}, queued cost ${spent}, tx bumped ${bump}, overshot ${spent + bump - balance}`,
    });
    // A smaller one fits, and gives back what the old one held.
    await admission().admit(await sign({ nonce: 1, value: 0n, feeCap: 2000n, tip: 1n }));
    await admission().admit(await sign({ nonce: 2, value: balance / 4n }));
  });
});

test("the form is checked before the signature is recovered", async () => {
  const raw = await sign({ chainId: 1 });
  const at = raw.length - 66;
  expect([raw[at], raw[at + 33]]).toEqual([0xa0, 0xa0]);
  raw.fill(0x11, at + 1, at + 33);
  const unrecoverable = firstUnrecoverable(raw, at + 32);
  expect(() => decodeTransaction(unrecoverable)).toThrow("invalid transaction v, r, s values");
  await expect(admission().admit(unrecoverable)).rejects.toMatchObject({ code: "ADMISSION_WRONG_CHAIN" });
});

test("a delegated account sends; the answer is the hash of what the pool holds", async () => {
  const raw = await sign({ sender: "delegated", nonce: 0 });
  const hash = await admission().admit(raw);
  expect(hash).toEqual(keccak256(raw));
  expect((await mempool.get(hash))?.raw).toEqual(raw);
});

/** About half of all `r` are no point of the curve. */
function firstUnrecoverable(raw: Uint8Array, lastOfR: number): Uint8Array {
  for (let low = 0; low < 256; low++) {
    raw[lastOfR] = low;
    try {
      decodeTransaction(raw);
    } catch {
      return raw;
    }
  }
  return raw;
}
