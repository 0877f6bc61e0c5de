import { z } from "zod";
import { bytesToHex, hexToBytes } from "../../protocol/index.ts";
import { createL1Rpc, L1RefusedError, withoutSecrets } from "../l1/l1Rpc.ts";
import type { BlobSource } from "../types.ts";

const blobsSchema = z.array(z.templateLiteral(["0x", z.string().regex(/^([0-9a-f]{2})*$/)])).nullable();
const ATTEMPTS = 3;

/** For development: Anvil keeps the blobs of its transactions. An L1 that does not know the method has none. */
export function anvilBlobs(l1Url: string): BlobSource {
  const rpc = createL1Rpc({ url: l1Url, attempts: ATTEMPTS });
  return {
    name: `L1 at ${withoutSecrets(l1Url)} (anvil_getBlobsByTransactionHash)`,
    async blobs({ transactionHash }) {
      try {
        const answer = await rpc.request("anvil_getBlobsByTransactionHash", [bytesToHex(transactionHash)]);
        const blobs = blobsSchema.parse(answer);
        return blobs === null || blobs.length === 0 ? undefined : blobs.map((blob) => hexToBytes(blob));
      } catch (error) {
        if (error instanceof L1RefusedError) return undefined;
        throw error;
      }
    },
  };
}
