import { RLP } from "@ethereumjs/rlp";
import { beforeEach, describe, expect, it } from "vitest";
import { bytesToHex, DecodeError, decodeTransaction } from "../../protocol/index.ts";
import { signedTransfer } from "../rpc/testing/rpcHarness.ts";
import { withoutBlobs } from "./blobEnvelope.ts";
import { createHeldTransactions, type HeldTransactions } from "./heldTransactions.ts";

describe("what is sent to an imported chain", () => {
  let pool: HeldTransactions;
  const account = { nonce: 0n, balance: 10n ** 18n };
  beforeEach(() => {
    pool = createHeldTransactions(() => 0n);
  });

  it("is executable in nonce order, and queued behind a gap", async () => {
    const [first, second, fourth] = [
      await signedTransfer(0),
      await signedTransfer(1),
      await signedTransfer(3),
    ];
    for (const { transaction } of [fourth, second, first]) await pool.add(transaction, account);
    const { sender } = first.transaction;
    const content = await pool.ofSender(sender, 0n);
    expect(content.pending.map(({ nonce }) => nonce)).toEqual([0n, 1n]);
    expect(content.queued.map(({ nonce }) => nonce)).toEqual([3n]);
    expect(await pool.nextNonce(sender, 0n)).toBe(2n);
    expect(await pool.status()).toEqual({ pending: 2, queued: 1 });
    expect(await pool.get(second.transaction.hash)).toBe(second.transaction);
  });

  it("is told to listeners once, and refused the second time", async () => {
    const { transaction } = await signedTransfer(0);
    const heard: string[] = [];
    const end = pool.onTransaction(({ hash }) => heard.push(bytesToHex(hash)));
    await pool.add(transaction, account);
    await expect(pool.add(transaction, account)).rejects.toThrow("already known");
    const dearer = (percent: bigint) => ({
      ...transaction,
      hash: new Uint8Array(32).fill(Number(percent)),
      maxFeePerGas: (transaction.maxFeePerGas * percent) / 100n,
      maxPriorityFeePerGas: (transaction.maxPriorityFeePerGas * percent) / 100n,
    });
    await expect(pool.add(dearer(109n), account)).rejects.toThrow("replacement transaction underpriced");
    await pool.add(dearer(110n), account);
    expect(await pool.get(transaction.hash)).toBeUndefined();
    end();
    expect(heard).toHaveLength(2);
  });
});

describe("a blob transaction", () => {
  const body = [
    1,
    0,
    1,
    1,
    21_000,
    new Uint8Array(20),
    0,
    new Uint8Array(0),
    [],
    7,
    [new Uint8Array(32)],
    0,
    1,
    1,
  ];
  const bare = Uint8Array.of(3, ...RLP.encode(body));

  it("is the same with and without its blobs, in both of their forms", () => {
    const blobs = [new Uint8Array(100)];
    expect(withoutBlobs(bare)).toEqual(bare);
    expect(withoutBlobs(Uint8Array.of(3, ...RLP.encode([body, blobs, [], []])))).toEqual(bare);
    expect(withoutBlobs(Uint8Array.of(3, ...RLP.encode([body, 1, blobs, [], []])))).toEqual(bare);
    expect(withoutBlobs(Uint8Array.of(2, 1))).toEqual(Uint8Array.of(2, 1));
  });

  it("is decoded for Ethereum's blocks, and refused by Braid's own chains", () => {
    const sender = new Uint8Array(20).fill(5);
    expect(() => decodeTransaction(bare, { sender })).toThrow(DecodeError);
    const { blobs, type } = decodeTransaction(bare, { sender, ethereum: true });
    expect(type).toBe(3);
    expect(blobs).toEqual({ versionedHashes: [new Uint8Array(32)], maxFeePerBlobGas: 7n });
  });
});
