import { numberToHex, parseGwei } from "viem";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bytesToHex, hexToBytes, unpackBlobs } from "../../protocol/index.ts";
import { startTestStack } from "../../test/support/stack.ts";
import { createBlobMaker, createL1Client, localSigner, marketFees } from "../l1-transactions/index.ts";
import { signedTransaction, signingHash } from "../l1-transactions/transactionEnvelope.ts";
import { askL1, jsonRpcServer } from "./testing/l1Proxy.ts";
import { type SettlementBench, startSettlementBench } from "./testing/settlementBench.ts";

let bench: SettlementBench;
beforeAll(async () => {
  bench = await startSettlementBench(await startTestStack({ redis: true, postgres: true, anvil: true }));
});
afterAll(() => bench?.stop());

const makeBlobs = createBlobMaker();

const until = (condition: () => Promise<boolean> | boolean) =>
  vi.waitUntil(condition, { timeout: 80_000, interval: 50 });

test("a batch in blobs is on L1 under the hash that the database has, and its data comes back from them", async () => {
  await bench.seal(2, 10);
  const poster = await bench.startPoster({ dataAvailability: "blobs" }, { makeBlobs });
  await until(async () => (await bench.chain.countUnposted()) === 0);
  await poster.stop();
  const batch = await bench.chain.lastBatch();
  const [, commit] = await bench.l1.commits();
  expect(commit?.args).toMatchObject({
    number: 1n,
    blobCount: 1n,
    batchHash: bytesToHex(batch?.posting?.hash ?? new Uint8Array()),
  });
  expect(batch?.posting).toMatchObject({ kind: "blobs", blobHashes: [expect.any(Uint8Array)] });
  const onL1: unknown = await bench.l1.control.request({
    method: "anvil_getBlobsByTransactionHash",
    params: [commit?.transactionHash],
  } as never);
  if (!Array.isArray(onL1)) throw new TypeError("no blobs");
  expect(unpackBlobs(onL1.map(hexToBytes))).toEqual(await bench.chain.batchData(1));
});

/** L1 with another price of blobs: Anvil's own is always the least. */
async function pricedL1(price: { blobBaseFee: bigint }) {
  return jsonRpcServer(async (request) => {
    const { id, method } = request;
    if (method === "eth_blobBaseFee") return { jsonrpc: "2.0", id, result: numberToHex(price.blobBaseFee) };
    return askL1(bench.stack.l1Url, request);
  });
}

const kindOf = async (number: number) => (await bench.chain.batchByNumber(number))?.posting?.kind;

test("the choice of calldata or blobs follows L1's prices", async () => {
  const price = { blobBaseFee: parseGwei("400") };
  const l1 = await pricedL1(price);
  const poster = await bench.startPoster({ dataAvailability: "auto" }, { makeBlobs, l1Url: l1.url });
  await bench.seal(1, 20);
  poster.batchSealed();
  await until(async () => (await bench.chain.countUnposted()) === 0);
  expect(await kindOf(2)).toBe("calldata");
  price.blobBaseFee = 1n;
  // A step that began at the old price is over.
  await poster.reconcile();
  await bench.seal(1, 20);
  poster.batchSealed();
  await until(async () => (await bench.chain.countUnposted()) === 0);
  expect(await kindOf(3)).toBe("blobs");
  await poster.stop();
  await l1.cut();
  expect(await bench.l1.lastBatch()).toBe(3);
});

test("a stuck blob transaction is cancelled when calldata has become cheaper, and all after it follows", async () => {
  const price = { blobBaseFee: 1n };
  const l1 = await pricedL1(price);
  await bench.l1.control.setIntervalMining({ interval: 0 });
  const poster = await bench.startPoster(
    {
      dataAvailability: "auto",
      bumpAfterMs: 400,
      ceiling: { maxFeePerGas: 10n ** 13n, maxFeePerBlobGas: 10n ** 15n },
    },
    { makeBlobs, l1Url: l1.url },
  );
  await bench.seal(1, 20);
  await bench.seal(1, 20);
  const sent = () => bench.log.lines.filter((line) => line.startsWith("L1 transaction sent"));
  const before = sent().length;
  await until(() => sent().length >= before + 2);
  price.blobBaseFee = parseGwei("900");
  await until(() => sent().some((line) => line.includes('"cancels":true')));
  expect(await kindOf(4)).toBe("calldata");
  await bench.l1.control.setIntervalMining({ interval: 1 });
  await until(async () => (await bench.chain.countUnposted()) === 0);
  await poster.stop();
  await l1.cut();
  expect(await bench.l1.lastBatch()).toBe(5);
  const commits = await bench.l1.commits();
  for (const number of [4, 5]) {
    const batch = await bench.chain.batchByNumber(number);
    const commit = commits.find(({ args }) => args.number === BigInt(number));
    expect(commit?.args.batchHash).toBe(bytesToHex(batch?.posting?.hash ?? new Uint8Array()));
  }
  expect(bench.fatal).toEqual([]);
});

test("L1 checks the proof of a blob: a wrong one is refused", async () => {
  const sidecar = await makeBlobs((await bench.chain.batchData(3)) ?? new Uint8Array(0));
  const signer = localSigner(bench.key);
  const { nonce, prices } = await createL1Client(bench.stack.l1Url).view(signer.address);
  const unsigned = {
    ...{
      chainId: 31337,
      nonce,
      gasLimit: 21_000n,
      to: hexToBytes(signer.address),
      calldata: new Uint8Array(0),
    },
    fees: marketFees(prices, "blobs"),
    versionedHashes: sidecar.versionedHashes,
  };
  const signature = await signer.sign(unsigned, signingHash(unsigned));
  const offer = (proofs: Uint8Array[]) =>
    createL1Client(bench.stack.l1Url).send(
      signedTransaction(unsigned, signature, { ...sidecar, proofs }).raw,
    );
  await expect(offer(sidecar.commitments)).rejects.toThrow(/proof|kzg|blob/i);
  await offer(sidecar.proofs);
});
