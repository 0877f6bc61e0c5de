import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { RLP } from "@ethereumjs/rlp";
import { createTxFromRLP } from "@ethereumjs/tx";
import fc from "fast-check";
import { parseTransaction, type TransactionSerializable, type Hex as ViemHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { bytesToHex, hexToBytes } from "../bytes.ts";
import { DecodeError } from "../errors.ts";
import { decodeTransaction } from "./decodeTransaction.ts";
import { intrinsicGas } from "./intrinsicGas.ts";
import type { Transaction } from "./transaction.ts";

const CHAIN_ID = 7357;
const common = new Common({
  chain: { ...Mainnet, chainId: CHAIN_ID },
  hardfork: Hardfork.Osaka,
});

const account = privateKeyToAccount(`0x${"11".repeat(32)}`);
const authority = privateKeyToAccount(`0x${"22".repeat(32)}`);

const hex = (minBytes: number, maxBytes: number = minBytes) =>
  fc.uint8Array({ minLength: minBytes, maxLength: maxBytes }).map((bytes) => bytesToHex(bytes));
const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: 2n ** bits - 1n });

const accessLists = fc.array(
  fc.record({ address: hex(20), storageKeys: fc.array(hex(32), { maxLength: 3 }) }),
  { maxLength: 3 },
);
const common1 = {
  nonce: fc.oneof(fc.nat(200), fc.maxSafeInteger().map(Math.abs)),
  gas: fc.integer({ min: 1_000_000, max: 2 ** 24 }).map(BigInt),
  to: fc.option(hex(20)),
  value: fc.oneof(uint(7n), uint(256n)),
  data: fc.oneof(hex(0, 70), hex(0, 2000)),
};
const fees = fc.tuple(uint(80n), uint(200n)).map(([tip, extra]) => ({
  maxPriorityFeePerGas: tip,
  maxFeePerGas: tip + extra,
}));

const requests: fc.Arbitrary<TransactionSerializable> = fc.oneof(
  fc.record({
    ...common1,
    type: fc.constant("legacy" as const),
    gasPrice: uint(200n),
    chainId: fc.constantFrom(CHAIN_ID, undefined),
  }) as fc.Arbitrary<TransactionSerializable>,
  fc.record({
    ...common1,
    type: fc.constant("eip2930" as const),
    chainId: fc.constant(CHAIN_ID),
    gasPrice: uint(200n),
    accessList: accessLists,
  }) as fc.Arbitrary<TransactionSerializable>,
  fc
    .tuple(
      fc.record({
        ...common1,
        type: fc.constant("eip1559" as const),
        chainId: fc.constant(CHAIN_ID),
        accessList: accessLists,
      }),
      fees,
    )
    .map(([request, fee]) => ({ ...request, ...fee })) as fc.Arbitrary<TransactionSerializable>,
);

async function signed(request: TransactionSerializable): Promise<Uint8Array> {
  return hexToBytes(await account.signTransaction(request));
}

async function signedSetCode(count: number): Promise<Uint8Array> {
  const authorizationList = await Promise.all(
    Array.from({ length: count }, (_, nonce) =>
      authority.signAuthorization({ chainId: CHAIN_ID, address: `0x${"33".repeat(20)}`, nonce }),
    ),
  );
  return signed({
    type: "eip7702",
    chainId: CHAIN_ID,
    nonce: 3,
    gas: 900_000n,
    to: `0x${"44".repeat(20)}`,
    value: 5n,
    maxFeePerGas: 9n,
    maxPriorityFeePerGas: 2n,
    authorizationList,
  });
}

function expectSameAsEthereumjs(raw: Uint8Array, transaction: Transaction): void {
  const theirs = createTxFromRLP(raw, { common });
  expect(bytesToHex(transaction.hash)).toBe(bytesToHex(theirs.hash()));
  expect(bytesToHex(transaction.sender)).toBe(theirs.getSenderAddress().toString());
  expect(transaction.type).toBe(theirs.type);
  expect(transaction.nonce).toBe(theirs.nonce);
  expect(transaction.gasLimit).toBe(theirs.gasLimit);
  expect(transaction.value).toBe(theirs.value);
  expect(bytesToHex(transaction.data)).toBe(bytesToHex(theirs.data));
  expect(transaction.to && bytesToHex(transaction.to)).toBe(theirs.to?.toString());
  expect(transaction.v).toBe(theirs.v);
  expect(transaction.r).toBe(theirs.r);
  expect(transaction.s).toBe(theirs.s);
  const fields = theirs.toJSON();
  expect(transaction.maxFeePerGas).toBe(BigInt(fields.maxFeePerGas ?? fields.gasPrice ?? "0x"));
  expect(transaction.maxPriorityFeePerGas).toBe(
    BigInt(fields.maxPriorityFeePerGas ?? fields.gasPrice ?? "0x"),
  );
  const { intrinsic } = intrinsicGas(transaction);
  expect(intrinsic).toBe(theirs.getIntrinsicGas());
}

describe("decodeTransaction", () => {
  it("agrees with @ethereumjs/tx and viem on signed transactions", async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const raw = await signed(request);
        const transaction = decodeTransaction(raw);
        expectSameAsEthereumjs(raw, transaction);
        expect(bytesToHex(transaction.sender)).toBe(account.address.toLowerCase());
        const viem = parseTransaction(bytesToHex(raw) as ViemHex);
        expect(transaction.chainId).toBe(viem.chainId === undefined ? undefined : BigInt(viem.chainId));
        expect(
          transaction.accessList.map(({ address, storageKeys }) => ({
            address: bytesToHex(address),
            storageKeys: storageKeys.map(bytesToHex),
          })),
        ).toEqual(viem.accessList ?? []);
      }),
      { numRuns: 150 },
    );
  });

  it("decodes EIP-7702 authorizations", async () => {
    const raw = await signedSetCode(2);
    const transaction = decodeTransaction(raw);
    expectSameAsEthereumjs(raw, transaction);
    expect(transaction.authorizationList.map(({ nonce, chainId }) => [nonce, chainId])).toEqual([
      [0n, 7357n],
      [1n, 7357n],
    ]);
  });

  it("takes a given sender on trust and keeps its own copy of the bytes", async () => {
    const raw = await signed({ type: "eip1559", chainId: CHAIN_ID, nonce: 0, gas: 21_000n, data: "0x0102" });
    const sender = new Uint8Array(20).fill(7);
    const transaction = decodeTransaction(raw, { sender });
    raw.fill(0);
    expect(transaction.sender).toBe(sender);
    expect(bytesToHex(transaction.data)).toBe("0x0102");
  });

  it("refuses what ethereumjs refuses when bytes are mutated, and says why when it is stricter", async () => {
    const samples = [
      await signed({ type: "legacy", chainId: CHAIN_ID, nonce: 1, gas: 60_000n, gasPrice: 9n, data: "0x01" }),
      await signed({ type: "legacy", nonce: 1, gas: 60_000n, gasPrice: 9n, to: `0x${"55".repeat(20)}` }),
      await signed({
        type: "eip1559",
        chainId: CHAIN_ID,
        nonce: 200,
        gas: 90_000n,
        maxFeePerGas: 1000n,
        maxPriorityFeePerGas: 3n,
        data: `0x${"ab".repeat(80)}`,
        accessList: [{ address: `0x${"66".repeat(20)}`, storageKeys: [`0x${"77".repeat(32)}`] }],
      }),
      await signedSetCode(1),
    ];
    const edits = fc.array(
      fc.tuple(fc.nat(1000), fc.integer({ min: 0, max: 255 }), fc.constantFrom("set", "insert", "delete")),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(fc.constantFrom(...samples), edits, (sample, changes) => {
        const bytes = [...sample];
        for (const [at, byte, kind] of changes) {
          const index = at % bytes.length;
          if (kind === "set") bytes[index] = byte;
          else if (kind === "insert") bytes.splice(index, 0, byte);
          else bytes.splice(index, 1);
        }
        compareVerdicts(new Uint8Array(bytes));
      }),
      { numRuns: 4000 },
    );
  });

  it.each([
    ["an empty input", "0x", "typed transaction too short"],
    ["a blob transaction", "0x03c0", "transaction type not supported"],
    ["an unknown type", "0x7ec0", "transaction type not supported"],
    ["a string", "0x8401020304", "rlp: expected List"],
    ["too few fields", "0xc3010203", "is missing"],
    ["a length past the end", "0xfbffffffff", "exceeds available input"],
    ["a list header with leading zeros", "0xf80001", "non-canonical size"],
  ])("refuses %s", (_, raw, message) => {
    expect(() => decodeTransaction(hexToBytes(raw))).toThrow(DecodeError);
    expect(() => decodeTransaction(hexToBytes(raw))).toThrow(message);
  });

  it.each([
    ["trailing bytes", (raw: Uint8Array) => new Uint8Array([...raw, 0])],
    ["a high s", highS],
  ])("refuses %s", async (_, change) => {
    const raw = await signed({ type: "eip1559", chainId: CHAIN_ID, nonce: 0, gas: 21_000n });
    expect(() => decodeTransaction(change(raw))).toThrow(DecodeError);
  });

  it("refuses another chain before it recovers the sender", async () => {
    const raw = await signed({ type: "eip1559", chainId: 1, nonce: 0, gas: 21_000n });
    expect(() => decodeTransaction(raw, { chainId: 7357n })).toThrow(
      "invalid chain id for signer: have 1 want 7357",
    );
  });
});

function highS(raw: Uint8Array): Uint8Array {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const fields = RLP.decode(raw.subarray(1));
  if (!Array.isArray(fields)) throw new DecodeError("not a list");
  const s = fields.at(-1);
  if (!(s instanceof Uint8Array)) throw new DecodeError("not a string");
  fields[fields.length - 1] = hexToBytes((order - BigInt(bytesToHex(s))).toString(16).padStart(64, "0"));
  return new Uint8Array([2, ...RLP.encode(fields)]);
}

/** Why Braid may refuse what ethereumjs accepts; anything else is a bug. */
const STRICTER = [
  "chain id exceeds 53 bits", // chain ids are numbers
  "non-canonical", // ethereumjs tolerates some non-minimal headers
  "transaction type not supported", // blob transactions
  "must have at least one authorization",
];

function compareVerdicts(raw: Uint8Array): void {
  let ours: Transaction | undefined;
  let refusal = "";
  try {
    ours = decodeTransaction(raw);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    refusal = error.message;
  }
  let theirs: string | undefined;
  let theirRefusal = "";
  try {
    // Another chain id is admission's business, not decoding's.
    const chain = ours?.chainId === undefined ? CHAIN_ID : Number(ours.chainId);
    const own = new Common({ chain: { ...Mainnet, chainId: chain }, hardfork: Hardfork.Osaka });
    const tx = createTxFromRLP(raw, { common: own });
    theirs = `${bytesToHex(tx.hash())} ${tx.getSenderAddress()}`;
  } catch (error) {
    theirRefusal = String(error);
  }
  if (ours !== undefined && theirs !== undefined) {
    expect(`${bytesToHex(ours.hash)} ${bytesToHex(ours.sender)}`).toBe(theirs);
  } else if (ours !== undefined) {
    expect.fail(`ethereumjs refuses what we accept: ${theirRefusal} for ${bytesToHex(raw)}`);
  } else if (theirs !== undefined && !STRICTER.some((reason) => refusal.includes(reason))) {
    expect.fail(`we refuse what ethereumjs accepts: ${refusal} for ${bytesToHex(raw)}`);
  }
}
