import fc from "fast-check";
import { keccak256, parseTransaction, recoverTransactionAddress, type TransactionSerialized } from "viem";
import { expect, test } from "vitest";
import { BLOB_BYTES, bytesToHex } from "../../protocol/index.ts";
import { localSigner } from "./localSigner.ts";
import { signedTransaction, signingHash } from "./transactionEnvelope.ts";
import type { BlobSidecar, UnsignedTransaction } from "./types.ts";

const signer = localSigner(`0x${"17".repeat(32)}`);
const wei = fc.bigInt({ min: 0n, max: 2n ** 80n });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const unsigned = (versionedHashes: fc.Arbitrary<Uint8Array[] | undefined>) =>
  fc.record<UnsignedTransaction>({
    chainId: fc.integer({ min: 1, max: 2 ** 31 }),
    nonce: fc.nat(),
    fees: fc.record({ maxFeePerGas: wei, maxPriorityFeePerGas: wei, maxFeePerBlobGas: wei }).map((fees) => ({
      ...fees,
      // viem checks it.
      maxFeePerGas: fees.maxFeePerGas + fees.maxPriorityFeePerGas,
    })),
    gasLimit: wei,
    to: bytes(20),
    calldata: fc.uint8Array({ maxLength: 500 }),
    versionedHashes,
  });

test("plain transactions are what viem reads, from the account that signed", async () => {
  await fc.assert(
    fc.asyncProperty(unsigned(fc.constant(undefined)), async (transaction) => {
      const signature = await signer.sign(transaction, signingHash(transaction));
      const { raw, hash } = signedTransaction(transaction, signature, undefined);
      const serialized = bytesToHex(raw) as TransactionSerialized;
      expect(keccak256(serialized)).toBe(bytesToHex(hash));
      const parsed = parseTransaction(serialized);
      expect(parsed).toMatchObject({ type: "eip1559", chainId: transaction.chainId });
      expect(BigInt(parsed.gas ?? 0n)).toBe(transaction.gasLimit);
      expect(BigInt(parsed.maxFeePerGas ?? 0n)).toBe(transaction.fees.maxFeePerGas);
      expect(parsed.data ?? "0x").toBe(bytesToHex(transaction.calldata));
      expect(await recoverTransactionAddress({ serializedTransaction: serialized as `0x02${string}` })).toBe(
        signer.address,
      );
    }),
    { numRuns: 50 },
  );
});

test("a blob transaction travels with its sidecar and is hashed without", async () => {
  await fc.assert(
    fc.asyncProperty(unsigned(fc.constant([new Uint8Array(32).fill(1, 0, 1)])), async (transaction) => {
      const signature = await signer.sign(transaction, signingHash(transaction));
      const sidecar: BlobSidecar = {
        blobs: [new Uint8Array(BLOB_BYTES).fill(3)],
        commitments: [new Uint8Array(48).fill(4)],
        proofs: [new Uint8Array(48).fill(5)],
        versionedHashes: transaction.versionedHashes ?? [],
        version: 0,
      };
      const { raw, hash } = signedTransaction(transaction, signature, sidecar);
      const bare = signedTransaction(transaction, signature, undefined);
      expect(bare.hash).toEqual(hash);
      const parsed = parseTransaction(bytesToHex(raw) as `0x03${string}`);
      expect(parsed).toMatchObject({
        type: "eip4844",
        blobVersionedHashes: transaction.versionedHashes?.map(bytesToHex),
        sidecars: [{ commitment: bytesToHex(sidecar.commitments[0] ?? new Uint8Array()) }],
      });
      expect(
        await recoverTransactionAddress({ serializedTransaction: bytesToHex(bare.raw) as `0x03${string}` }),
      ).toBe(signer.address);
    }),
    { numRuns: 5 },
  );
});
