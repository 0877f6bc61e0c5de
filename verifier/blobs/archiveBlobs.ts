import { z } from "zod";
import { BATCH_LIMITS, hexToBytes, packBlobs } from "../../protocol/index.ts";
import { createL1Rpc, withoutSecrets } from "../l1/l1Rpc.ts";
import type { BlobSource } from "../types.ts";

const dataSchema = z.templateLiteral(["0x", z.string().regex(/^([0-9a-f]{2})+$/)]).nullable();
const ATTEMPTS = 3;

/**
 * The archive of a node of this chain: `rollup_getBatchData(number)` answers the encoded batch, or null. The blobs are
 * made of it again, which gives those that were posted or others, and others have other hashes.
 */
export function archiveBlobs(url: string): BlobSource {
  const rpc = createL1Rpc({ url, attempts: ATTEMPTS });
  return {
    name: `archive at ${withoutSecrets(url)}`,
    async blobs({ header }) {
      const answer = await rpc.request("rollup_getBatchData", [`0x${header.number.toString(16)}`]);
      const data = dataSchema.parse(answer);
      if (data === null || data.length / 2 - 1 > BATCH_LIMITS.encodedBytes) return undefined;
      return packBlobs(hexToBytes(data));
    },
  };
}
