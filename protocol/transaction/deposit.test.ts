import fc from "fast-check";
import { encodeAbiParameters, encodePacked, pad, toEventSelector } from "viem";
import {
  extractTransactionDepositedLogs,
  getL2TransactionHash,
  parseTransaction,
  serializeTransaction,
  getSourceHash as viemSourceHash,
} from "viem/op-stack";
import { describe, expect, test } from "vitest";
import { bytesToHex, hexToBytes } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";
import { DecodeError } from "../errors.ts";
import { decodeTransaction } from "./decodeTransaction.ts";
import { DEPOSIT_TYPE, decodeDeposit, depositTransaction } from "./deposit.ts";
import { l1AttributesSourceHash, upgradeSourceHash, userDepositSourceHash } from "./depositSourceHash.ts";

const ZERO_ADDRESS = "0x0000000000000000000000000000000000000000";
const DEPOSITED = toEventSelector("TransactionDeposited(address,address,uint256,bytes)");
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const uint = (bits: bigint) => fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** bits - 1n }));

const fields = fc.record({
  sourceHash: bytes(32),
  from: bytes(20),
  to: fc.option(bytes(20), { nil: undefined }),
  mint: uint(256n),
  value: uint(256n),
  gasLimit: uint(64n),
  data: fc.uint8Array({ maxLength: 80 }),
});

const SIMPLE = depositTransaction({
  sourceHash: new Uint8Array(32).fill(1),
  from: new Uint8Array(20).fill(2),
  to: new Uint8Array(20).fill(3),
  mint: 5n,
  value: 6n,
  gasLimit: 21_000n,
  data: Uint8Array.of(1, 2, 3),
});

describe("deposit transactions", () => {
  test("are viem's, byte for byte, and decode to what they were", () => {
    fc.assert(
      fc.property(fields, (each) => {
        const transaction = depositTransaction(each);
        const serialized = serializeTransaction({
          type: "deposit",
          sourceHash: bytesToHex(each.sourceHash),
          from: bytesToHex(each.from),
          mint: each.mint,
          value: each.value,
          gas: each.gasLimit,
          data: bytesToHex(each.data),
          ...(each.to === undefined ? {} : { to: bytesToHex(each.to) }),
        });
        expect(bytesToHex(transaction.raw)).toBe(serialized);
        expect(transaction.hash).toEqual(keccak256(transaction.raw));
        expect(decodeDeposit(hexToBytes(serialized))).toEqual(transaction);
        expect(decodeTransaction(transaction.raw, { deposits: true })).toEqual(transaction);
        const parsed = parseTransaction(serialized);
        expect(parsed).toMatchObject({ type: "deposit", sourceHash: bytesToHex(each.sourceHash) });
        expect("mint" in parsed ? parsed.mint : 0n).toBe(transaction.deposit?.mint);
      }),
    );
  });

  test("have the hash that viem finds from L1's event", () => {
    fc.assert(
      fc.property(fields, bytes(32), fc.nat(1000), (each, blockHash, logIndex) => {
        const { from, to, mint, value, gasLimit, data } = each;
        const opaqueData = encodePacked(
          ["uint256", "uint256", "uint64", "bool", "bytes"],
          [mint, value, gasLimit, to === undefined, bytesToHex(data)],
        );
        const recipient = to === undefined ? ZERO_ADDRESS : bytesToHex(to);
        const [log] = extractTransactionDepositedLogs({
          logs: [
            {
              address: ZERO_ADDRESS,
              topics: [DEPOSITED, pad(bytesToHex(from)), pad(recipient), pad("0x0")],
              data: encodeAbiParameters([{ type: "bytes" }], [opaqueData]),
              blockHash: bytesToHex(blockHash),
              blockNumber: 1n,
              transactionHash: bytesToHex(blockHash),
              transactionIndex: 0,
              logIndex,
              removed: false,
            },
          ],
        });
        const transaction = depositTransaction({
          ...each,
          sourceHash: userDepositSourceHash(blockHash, logIndex),
        });
        expect(log === undefined ? undefined : getL2TransactionHash({ log })).toBe(
          bytesToHex(transaction.hash),
        );
      }),
    );
  });

  test("have no signature, no fee and no chain", () => {
    expect(SIMPLE).toMatchObject({
      type: DEPOSIT_TYPE,
      chainId: undefined,
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
      nonce: 0n,
      r: 0n,
      s: 0n,
    });
  });

  test("are refused from users", () => {
    expect(() => decodeTransaction(SIMPLE.raw)).toThrow("transaction type not supported");
  });

  test("a system transaction is refused", () => {
    const raw = hexToBytes(
      serializeTransaction({
        type: "deposit",
        sourceHash: bytesToHex(new Uint8Array(32)),
        from: bytesToHex(new Uint8Array(20)),
        isSystemTx: true,
      }),
    );
    expect(() => decodeDeposit(raw)).toThrow("system tx not supported");
  });

  test("bad bytes give a DecodeError, or an encoding of what they decode to", () => {
    const changed = fc
      .tuple(fc.nat(SIMPLE.raw.length - 1), fc.nat(255), fc.nat(3))
      .map(([at, value, cut]) => {
        const raw = new Uint8Array(SIMPLE.raw.subarray(0, SIMPLE.raw.length - cut));
        raw[at % raw.length] = value;
        return raw;
      });
    fc.assert(
      fc.property(changed, (raw) => {
        try {
          const { sender, deposit, to, value, gasLimit, data } = decodeDeposit(raw);
          const { sourceHash = raw, mint = 0n } = deposit ?? {};
          const again = depositTransaction({ sourceHash, from: sender, to, mint, value, gasLimit, data });
          expect(again.raw).toEqual(raw);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("source hashes", () => {
  test("are viem's", () => {
    fc.assert(
      fc.property(bytes(32), fc.nat(), (l1BlockHash, index) => {
        const hash = bytesToHex(l1BlockHash);
        expect(bytesToHex(userDepositSourceHash(l1BlockHash, index))).toBe(
          viemSourceHash({ domain: "userDeposit", l1BlockHash: hash, l1LogIndex: index }),
        );
        expect(bytesToHex(l1AttributesSourceHash(l1BlockHash, index))).toBe(
          viemSourceHash({ domain: "l1InfoDeposit", l1BlockHash: hash, sequenceNumber: index }),
        );
      }),
    );
  });

  test("of upgrades are the specification's", () => {
    expect(bytesToHex(upgradeSourceHash("Ecotone: L1 Block Deployment"))).toBe(
      "0x877a6077205782ea15a6dc8699fa5ebcec5e0f4389f09cb8eda09488231346f8",
    );
  });
});
