import { z } from "zod";
import { versionedHash } from "../../infra/index.ts";
import { BLOB_BYTES, bytesToHex, hexToBytes } from "../../protocol/index.ts";
import { withoutSecrets } from "../l1/l1Rpc.ts";
import type { BlobSource, L1Batch } from "../types.ts";
import { VerifierError } from "../verifierError.ts";
import { versionedHashOf } from "./versionedHashOf.ts";

const TIMEOUT_MS = 30_000;
/** More than any fork of Ethereum lets into a block so far, in hex, with room for the rest. */
const MOST_ANSWER_BYTES = 72 * BLOB_BYTES * 3;
/** No such slot or blobs, or no such endpoint (any more): what a node answers for an older API is not agreed upon. */
const NOT_THERE: readonly number[] = [400, 404, 405, 410, 501];

const hex = z.templateLiteral(["0x", z.string().regex(/^([0-9a-fA-F]{2})*$/)]);
const genesisSchema = z.object({ data: z.object({ genesis_time: z.coerce.number().int().nonnegative() }) });
const specSchema = z.object({ data: z.object({ SECONDS_PER_SLOT: z.coerce.number().int().positive() }) });
const blobsSchema = z.object({ data: z.array(hex) });
const sidecarsSchema = z.object({ data: z.array(z.object({ blob: hex, kzg_commitment: hex })) });

/**
 * Ethereum's beacon API: `/eth/v1/beacon/blobs/{slot}`, and where a node does not have that, the older
 * `/eth/v1/beacon/blob_sidecars/{slot}`. The slot follows from the L1 block's time.
 */
export function beaconBlobs(url: string): BlobSource {
  const base = url.replace(/\/+$/, "");
  const get = <T>(path: string, schema: z.ZodType<T>) => getJson(`${base}${path}`, schema);
  let clock: Promise<(l1Block: L1Batch["l1Block"]) => number> | undefined;

  async function readClock(): Promise<(l1Block: L1Batch["l1Block"]) => number> {
    const genesis = await get("/eth/v1/beacon/genesis", genesisSchema);
    if (genesis === undefined)
      throw new VerifierError("BEACON_GENESIS", "it is no beacon node: it has no genesis");
    const spec = await get("/eth/v1/config/spec", specSchema);
    // Anvil, which has no slots, takes the numbers of its blocks for them, and no specification.
    if (spec === undefined) return ({ number }) => number;
    const { genesis_time: start } = genesis.data;
    return ({ timestamp }) => Math.floor((timestamp - start) / spec.data.SECONDS_PER_SLOT);
  }

  return {
    name: `beacon node at ${withoutSecrets(url)}`,
    async blobs({ l1Block, blobHashes }) {
      clock ??= readClock();
      const slotOf = await clock.catch((error: unknown) => {
        clock = undefined;
        throw error;
      });
      const at = slotOf(l1Block);
      const query = blobHashes.map((hash) => `versioned_hashes=${bytesToHex(hash)}`).join("&");
      const found = await get(`/eth/v1/beacon/blobs/${at}?${query}`, blobsSchema);
      if (found !== undefined) return inOrder(found.data.map(hexToBytes), blobHashes);
      const sidecars = await get(`/eth/v1/beacon/blob_sidecars/${at}`, sidecarsSchema);
      return sidecars === undefined ? undefined : ofHashes(sidecars.data, blobHashes);
    },
  };
}

/**
 * In the order of the hashes: the API orders blobs as the block does, some nodes as they were asked, and an older one
 * gives those of the whole block. What does not have them all is given as it came, for the verifier to say what is wrong.
 */
async function inOrder(blobs: Uint8Array[], hashes: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const byHash = new Map<string, Uint8Array>();
  for (const blob of blobs) {
    const hash = blob.length === BLOB_BYTES ? await versionedHashOf(blob) : undefined;
    if (hash !== undefined) byHash.set(bytesToHex(hash), blob);
  }
  const found = hashes.flatMap((hash) => byHash.get(bytesToHex(hash)) ?? []);
  return found.length === hashes.length ? found : blobs;
}

function ofHashes(
  sidecars: readonly { blob: `0x${string}`; kzg_commitment: `0x${string}` }[],
  hashes: readonly Uint8Array[],
): Uint8Array[] | undefined {
  const byHash = new Map(sidecars.map(({ blob, kzg_commitment }) => [hashOf(kzg_commitment), blob]));
  const found = hashes.flatMap((hash) => byHash.get(bytesToHex(hash)) ?? []);
  return found.length === hashes.length ? found.map((blob) => hexToBytes(blob)) : undefined;
}

function hashOf(commitment: `0x${string}`): string {
  return bytesToHex(versionedHash(hexToBytes(commitment)));
}

/** Undefined when the endpoint does not have it. */
async function getJson<T>(url: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const response = await fetch(url, {
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) {
    await response.body?.cancel();
    if (NOT_THERE.includes(response.status)) return undefined;
    throw new VerifierError("BEACON_FAILED", `HTTP ${response.status}`, { retryable: true });
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MOST_ANSWER_BYTES) throw new VerifierError("BEACON_FAILED", "its answer is too large");
    chunks.push(chunk);
  }
  return schema.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
}
