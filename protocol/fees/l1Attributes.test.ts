import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesToHex, hexToBytes } from "../bytes.ts";
import { DecodeError, InvariantError } from "../errors.ts";
import { decodeDeposit, depositTransaction } from "../transaction/deposit.ts";
import { l1AttributesSourceHash } from "../transaction/depositSourceHash.ts";
import {
  decodeL1Attributes,
  decodeL1AttributesTransaction,
  encodeL1Attributes,
  L1_ATTRIBUTES_DEPOSITOR,
  L1_BLOCK_ADDRESS,
  type L1Attributes,
  l1AttributesTransaction,
} from "./l1Attributes.ts";

const attributes: L1Attributes = {
  number: 0x0102030405,
  timestamp: 1_767_225_601,
  baseFee: 7_000_000_000n,
  blobBaseFee: 11n,
  hash: new Uint8Array(32).fill(0xab),
  sequenceNumber: 3,
};
const safe = fc.maxSafeNat();
const wei = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const anyAttributes = fc.record({
  number: safe,
  timestamp: safe,
  baseFee: wei,
  blobBaseFee: wei,
  hash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  sequenceNumber: safe,
});

test("the call data is the OP Stack's, byte by byte", () => {
  expect(bytesToHex(encodeL1Attributes(attributes))).toBe(
    [
      "0x098999be",
      "0000000000000000",
      "0000000000000003",
      "000000006955b901",
      "0000000102030405",
      "00000000000000000000000000000000000000000000000000000001a13b8600",
      "000000000000000000000000000000000000000000000000000000000000000b",
      "ab".repeat(32),
      "00".repeat(32 + 12),
    ].join(""),
  );
});

test("what is encoded is decoded, as call data and as a transaction", () => {
  fc.assert(
    fc.property(anyAttributes, (values) => {
      expect(decodeL1Attributes(encodeL1Attributes(values))).toEqual(values);
      const transaction = decodeDeposit(l1AttributesTransaction(values).raw);
      expect(decodeL1AttributesTransaction(transaction)).toEqual(values);
    }),
  );
});

test("bytes that decode are the only ones of their values", () => {
  const { raw } = l1AttributesTransaction(attributes);
  let decoded = 0;
  for (let bit = 0; bit < raw.length * 8; bit++) {
    const mutated = raw.slice();
    mutated[bit >> 3] = (mutated[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    let values: L1Attributes;
    try {
      values = decodeL1AttributesTransaction(decodeDeposit(mutated));
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError);
      continue;
    }
    decoded++;
    expect(values).not.toEqual(attributes);
    expect(l1AttributesTransaction(values).raw).toEqual(mutated);
  }
  // The source hash says nothing of the two prices: any bit of them makes other attributes.
  expect(decoded).toBeGreaterThan(512);
});

test("no other bytes are attributes", () => {
  const data = encodeL1Attributes(attributes);
  const changed = (at: number, value: number) => {
    const copy = data.slice();
    copy[at] = value;
    return () => decodeL1Attributes(copy);
  };
  expect(() => decodeL1Attributes(data.subarray(1))).toThrow("175 bytes");
  expect(() => decodeL1Attributes(Uint8Array.from([...data, 0]))).toThrow("177 bytes");
  expect(changed(0, 1)).toThrow("selector");
  expect(changed(4, 1)).toThrow("fee scalars");
  expect(changed(11, 1)).toThrow("fee scalars");
  expect(changed(12, 1)).toThrow("sequenceNumber");
  expect(changed(20, 1)).toThrow("timestamp");
  expect(changed(28, 1)).toThrow("number");
  expect(changed(132, 1)).toThrow("batcher hash");
  expect(changed(175, 1)).toThrow("operator fee");
});

test("a deposit by another account, or with other gas, is not the attributes'", () => {
  const fields = {
    sourceHash: l1AttributesSourceHash(attributes.hash, attributes.sequenceNumber),
    from: L1_ATTRIBUTES_DEPOSITOR,
    to: L1_BLOCK_ADDRESS,
    mint: 0n,
    value: 0n,
    gasLimit: 1_000_000n,
    data: encodeL1Attributes(attributes),
  };
  expect(decodeL1AttributesTransaction(depositTransaction(fields))).toEqual(attributes);
  for (const change of [
    { from: hexToBytes("0x00000000000000000000000000000000000000aa") },
    { to: undefined },
    { mint: 1n },
    { gasLimit: 999_999n },
    { sourceHash: new Uint8Array(32) },
  ]) {
    const other = depositTransaction({ ...fields, ...change });
    expect(() => decodeL1AttributesTransaction(other)).toThrow("not the transaction of these L1 attributes");
  }
});

test("values that do not fit are refused", () => {
  for (const change of [
    { number: -1 },
    { timestamp: 1.5 },
    { sequenceNumber: Number.MAX_SAFE_INTEGER + 1 },
    { baseFee: -1n },
    { blobBaseFee: 2n ** 256n },
    { hash: new Uint8Array(31) },
  ]) {
    expect(() => encodeL1Attributes({ ...attributes, ...change })).toThrow(InvariantError);
  }
});
