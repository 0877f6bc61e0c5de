import { afterAll, beforeAll, expect, test } from "vitest";
import { blobsDataHash, type ProofBatch } from "../../protocol/index.ts";
import { blockOf, callSpec, ProvenChain } from "../../test/support/provenChain.ts";
import { createBlobHasher } from "./createBlobHasher.ts";

let chain: ProvenChain;
beforeAll(async () => {
  chain = await ProvenChain.create();
});
afterAll(() => chain?.close());

test("a batch in blobs is proved when its data makes them, and refused when it makes others", async () => {
  const hashBlobs = createBlobHasher();
  const prover = chain.prover(hashBlobs);
  const { blocks } = await chain.build([() => chain.inputOf(blockOf(callSpec(0, 1n, 1n)))]);
  const { batch, witness } = await chain.batch(blocks);
  const blobs = await hashBlobs(batch.data);
  expect(blobs).toHaveLength(1);
  expect(blobs[0]).toMatchObject({ length: 32, 0: 1 });
  const posted: ProofBatch = {
    ...batch,
    blobs,
    commitment: { ...batch.commitment, dataHash: blobsDataHash(blobs) },
  };
  await expect(prover.prove(posted, witness)).resolves.toMatchObject({ signatures: [{}] });
  const data = Uint8Array.from(batch.data);
  data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
  await expect(prover.prove({ ...posted, data }, witness)).rejects.toMatchObject({
    refusal: { field: "dataHash" },
  });
  await expect(chain.prover().prove(posted, witness)).rejects.toMatchObject({ refusal: { field: "blobs" } });
}, 180_000);
