import { once } from "node:events";
import { type ServerType, serve } from "@hono/node-server";
import { Hono } from "hono";
import { afterEach, expect, test } from "vitest";
import { blobCommitment, versionedHash } from "../../infra/index.ts";
import { bytesToHex, InvariantError, packBlobs } from "../../protocol/index.ts";
import type { L1Batch } from "../types.ts";
import { beaconBlobs } from "./beaconBlobs.ts";
import { findBlobs } from "./findBlobs.ts";

const GENESIS = 1_742_213_400;
const SLOT = 1_234_567;
const [first, second, other] = await Promise.all(
  [1, 2, 3].map(async (byte) => {
    const [blob = new Uint8Array()] = packBlobs(new Uint8Array(1_000).fill(byte));
    const commitment = await blobCommitment(blob);
    return { blob, commitment, hash: versionedHash(commitment) };
  }),
);
if (!first || !second || !other) throw new InvariantError("no blobs");

const hash = new Uint8Array(32);
const batch: L1Batch = {
  header: {
    ...{
      number: 1,
      previousHash: hash,
      firstBlock: 1,
      lastBlock: 1,
      postStateRoot: hash,
      lastBlockHash: hash,
    },
    ...{ outputRoot: hash, l1OriginNumber: 1, l1OriginHash: hash, messagesConsumed: 0 },
  },
  ...{ hash, dataHash: hash, rollingHash: hash, kind: "blobs", transactionHash: hash },
  blobHashes: [first.hash, second.hash],
  // In the middle of the slot, which no L1 block is: the slot still holds it.
  l1Block: { number: 42, hash, timestamp: GENESIS + SLOT * 12 + 5 },
};

const servers: ServerType[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    const closed = once(server, "close");
    server.close();
    await closed;
  }
});

async function listening(app: Hono): Promise<string> {
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  servers.push(server);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new InvariantError("no port");
  return `http://127.0.0.1:${address.port}`;
}

/** As Lighthouse answers, shortened to a few fields beside those that are read. */
function beaconNode(onSpec?: () => void): Hono {
  const app = new Hono();
  app.get("/eth/v1/beacon/genesis", (context) =>
    context.json({
      data: {
        genesis_time: String(GENESIS),
        genesis_validators_root: "0x212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f",
        genesis_fork_version: "0x10000910",
      },
    }),
  );
  app.get("/eth/v1/config/spec", (context) => {
    onSpec?.();
    return context.json({ data: { CONFIG_NAME: "hoodi", SECONDS_PER_SLOT: "12", BLOB_SCHEDULE: [] } });
  });
  app.notFound((context) => context.json({ code: 404, message: "NOT_FOUND", stacktraces: [] }, 404));
  return app;
}

const blobsOf = (...blobs: Uint8Array[]) => ({
  execution_optimistic: false,
  finalized: true,
  data: blobs.map(bytesToHex),
});
const sidecarsOf = (...parts: (typeof first)[]) => ({
  data: parts.map((part, index) => ({
    index: String(index),
    blob: bytesToHex(part?.blob ?? hash),
    kzg_commitment: bytesToHex(part?.commitment ?? hash),
    kzg_proof: `0x${"c0".padEnd(96, "0")}`,
    kzg_commitment_inclusion_proof: [],
  })),
});
const wanted = [first.blob, second.blob];

test("asks for the slot of the L1 block's time, and for the batch's blobs alone", async () => {
  const asked: { slot: string; hashes: string[] | undefined }[] = [];
  let specs = 0;
  const app = beaconNode(() => {
    specs += 1;
  });
  app.get("/eth/v1/beacon/blobs/:slot", (context) => {
    asked.push({ slot: context.req.param("slot"), hashes: context.req.queries("versioned_hashes") });
    return context.json(blobsOf(...wanted));
  });
  const source = beaconBlobs(`${await listening(app)}/`);
  expect(await findBlobs(batch, [source])).toEqual(wanted);
  expect(await source.blobs(batch)).toEqual(wanted);
  const question = { slot: String(SLOT), hashes: batch.blobHashes.map(bytesToHex) };
  expect(asked).toEqual([question, question]);
  expect(specs).toBe(1);
});

test.each([
  ["in the block's order", [second, first]],
  ["with others of the block", [other, first, other, second]],
  ["with one twice", [first, first, second]],
])("takes blobs that come %s", async (_, answer) => {
  const app = beaconNode();
  app.get("/eth/v1/beacon/blobs/:slot", (context) =>
    context.json(blobsOf(...answer.map(({ blob }) => blob))),
  );
  expect(await findBlobs(batch, [beaconBlobs(await listening(app))])).toEqual(wanted);
});

test.each([404, 400, 405])("asks for sidecars where the endpoint answers %d", async (status) => {
  const app = beaconNode();
  const asked: string[] = [];
  app.get("/eth/v1/beacon/blobs/:slot", () => new Response("{}", { status }));
  app.get("/eth/v1/beacon/blob_sidecars/:slot", (context) => {
    asked.push(context.req.param("slot"));
    return context.json(sidecarsOf(other, second, first));
  });
  expect(await findBlobs(batch, [beaconBlobs(await listening(app))])).toEqual(wanted);
  expect(asked).toEqual([String(SLOT)]);
});

test("does not have blobs that neither endpoint has: the newer one knows no such slot, the older is gone", async () => {
  const app = beaconNode();
  app.get("/eth/v1/beacon/blob_sidecars/:slot", (context) =>
    context.json({ code: 410, message: "This endpoint is deprecated." }, 410),
  );
  await expect(beaconBlobs(await listening(app)).blobs(batch)).resolves.toBeUndefined();
});

test("says what is wrong with an answer", async () => {
  const answers: [answer: () => Response, reason: RegExp][] = [
    [() => Response.json(blobsOf()), /answers 0 blobs where there are 2/],
    [() => Response.json(blobsOf(first.blob, other.blob)), /blob 1 has another versioned hash/],
    [() => Response.json(blobsOf(first.blob, second.blob.subarray(32))), /blob 1 has 131040 bytes/],
    [() => Response.json({ data: [{ blob: bytesToHex(first.blob) }] }), /data/],
    [() => new Response("", { status: 503 }), /HTTP 503/],
  ];
  const app = beaconNode();
  let answer = answers[0]?.[0];
  app.get("/eth/v1/beacon/blobs/:slot", () => answer?.() ?? new Response("", { status: 500 }));
  const source = beaconBlobs(await listening(app));
  for (const [next, reason] of answers) {
    answer = next;
    await expect(findBlobs(batch, [source])).rejects.toMatchObject({
      code: "VERIFY_BLOBS_MISSING",
      message: expect.stringMatching(reason),
    });
  }
});

test("a node that was away when its clock was read is asked again", async () => {
  const app = beaconNode();
  let away = true;
  const before = new Hono();
  before.all("*", (context) => (away ? context.body("", 503) : app.fetch(context.req.raw)));
  app.get("/eth/v1/beacon/blobs/:slot", (context) => context.json(blobsOf(...wanted)));
  const source = beaconBlobs(await listening(before));
  await expect(source.blobs(batch)).rejects.toMatchObject({ code: "BEACON_FAILED", retryable: true });
  away = false;
  expect(await source.blobs(batch)).toEqual(wanted);
});
