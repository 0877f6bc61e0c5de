import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromRlp, numberToHex, parseGwei } from "viem";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort, startAnvil } from "../../infra/index.ts";
import { bytesToHex, hexToBytes, unpackBlobs } from "../../protocol/index.ts";
import { startTestStack } from "../../test/support/stack.ts";
import {
  type BlobSidecar,
  createBlobMaker,
  createL1Client,
  createSidecarVersion,
  localSigner,
  marketFees,
  type SidecarVersion,
} from "../l1-transactions/index.ts";
import { signedTransaction, signingHash } from "../l1-transactions/transactionEnvelope.ts";
import type { PosterSettings } from "./createPoster.ts";
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

/** A blob transaction of the poster's account, offered to this L1 with these proofs. */
async function offer(l1Url: string, sidecar: BlobSidecar): Promise<Uint8Array> {
  const signer = localSigner(bench.key);
  const client = createL1Client(l1Url);
  const { nonce, prices } = await client.view(signer.address);
  const unsigned = {
    ...{ chainId: 31337, nonce, gasLimit: 21_000n, to: hexToBytes(signer.address) },
    calldata: new Uint8Array(0),
    fees: marketFees(prices, "blobs"),
    versionedHashes: sidecar.versionedHashes,
  };
  const signature = await signer.sign(unsigned, signingHash(unsigned));
  const { raw, hash } = signedTransaction(unsigned, signature, sidecar);
  await client.send(raw);
  return hash;
}

describe("L1 checks the proofs of a blob in either form:", () => {
  test.each([0, 1] as const)("version %d", async (version) => {
    const data = (await bench.chain.batchData(3)) ?? expect.unreachable();
    const sidecar = await (await makeBlobs(data)).sidecar(version);
    const { proofs } = sidecar;
    expect(proofs).toHaveLength(version === 0 ? 1 : 128);
    const { l1Url } = bench.stack;
    const [first = expect.unreachable(), second = sidecar.commitments[0] ?? expect.unreachable()] = proofs;
    const others = [
      proofs.with(0, second),
      proofs.with(-1, first === proofs.at(-1) ? second : first),
      [...proofs, first],
      proofs.slice(1),
    ];
    for (const wrong of others) {
      await expect(offer(l1Url, { ...sidecar, proofs: wrong })).rejects.toThrow(/proof|kzg|blob/i);
    }
    const other = version === 0 ? 1 : 0;
    await expect(offer(l1Url, { ...sidecar, version: other })).rejects.toThrow(/proof|kzg|blob/i);
    const hash = await offer(l1Url, sidecar);
    await until(async () => (await createL1Client(l1Url).receipt(hash))?.succeeded === true);
  });
});

/** EIP-7594: `[transaction, version, blobs, commitments, proofs]`, and without the version before. */
function formOf(raw: string): { version: number; proofs: number } {
  const fields = fromRlp(`0x${raw.slice(4)}`, "hex");
  const proofs = fields.at(-1);
  if (typeof fields === "string" || !Array.isArray(proofs)) return expect.unreachable("no blob transaction");
  return { version: fields.length === 4 ? 0 : Number(fields[1]), proofs: proofs.length };
}

/** Commits a batch in blobs over an L1 that does not mine until it has seen three offers. */
async function formsOfStuckBlobs(settings: Partial<PosterSettings>, answers: (method: string) => unknown) {
  const forms: ReturnType<typeof formOf>[] = [];
  const l1 = await jsonRpcServer(async (request) => {
    const { id, method, params } = request;
    if (method === "eth_sendRawTransaction" && String(params[0]).startsWith("0x03")) {
      forms.push(formOf(String(params[0])));
    }
    const answer = answers(method);
    return answer === undefined ? askL1(bench.stack.l1Url, request) : { jsonrpc: "2.0", id, ...answer };
  });
  await bench.l1.control.mine({ blocks: 1 });
  await bench.l1.control.setIntervalMining({ interval: 0 });
  const poster = await bench.startPoster(
    { dataAvailability: "blobs", bumpAfterMs: 300, ...settings },
    { makeBlobs, l1Url: l1.url },
  );
  await bench.seal(1, 20);
  await until(() => forms.length >= 3);
  await bench.l1.control.setIntervalMining({ interval: 1 });
  await until(async () => (await bench.chain.countUnposted()) === 0);
  await poster.stop();
  await l1.cut();
  return forms;
}

describe("a stuck blob is offered again and again in one form:", () => {
  const [old, cells] = [
    { version: 0, proofs: 1 },
    { version: 1, proofs: 128 },
  ];
  const config = (...names: string[]) => {
    const precompiles = Object.fromEntries(names.map((name) => [name, `0x${"00".repeat(20)}`]));
    return { result: { current: { precompiles }, next: null, last: null } };
  };
  const says = (answer: unknown) => (method: string) => (method === "eth_config" ? answer : undefined);

  test.each<[string, SidecarVersion | undefined, (method: string) => unknown, typeof old]>([
    ["with cell proofs, as Anvil's eth_config says", undefined, says(undefined), cells],
    ["without, on an L1 before Osaka", undefined, says(config("ECREC", "KZG_POINT_EVALUATION")), old],
    [
      "with cell proofs where L1 does not say",
      undefined,
      says({ error: { code: -32601, message: "no" } }),
      cells,
    ],
    ["as the setting says, whatever L1 says", 0, says(config("P256VERIFY")), old],
  ])(
    "%s",
    async (_, sidecarVersion, answers, form) => {
      const forms = await formsOfStuckBlobs({ sidecarVersion }, answers);
      expect(forms).toEqual(forms.map(() => form));
    },
    120_000,
  );

  test("until L1's fork overtakes it", async () => {
    let asked = 0;
    const forms = await formsOfStuckBlobs({}, (method) =>
      method === "eth_config" ? config("ECREC", ...(asked++ < 2 ? [] : ["P256VERIFY"])) : undefined,
    );
    expect(forms.slice(0, 3)).toEqual([old, old, cells]);
    expect(bench.fatal).toEqual([]);
  }, 120_000);
});

test("Anvil before Osaka has blobs without cell proofs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "braid-t-"));
  const anvil = await startAnvil(folder, await freePort(), "prague");
  try {
    const version = await createSidecarVersion(createL1Client(anvil.url), undefined)();
    expect(version).toBe(0);
    const sidecar = await (await makeBlobs(Uint8Array.of(1, 2, 3))).sidecar(version);
    // Anvil reads its trusted set-up with the first blob, which may take longer than a request does.
    const hash = await vi.waitFor(() => offer(anvil.url, sidecar), { timeout: 80_000, interval: 100 });
    await until(async () => (await createL1Client(anvil.url).receipt(hash))?.succeeded === true);
  } finally {
    await anvil.process.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
