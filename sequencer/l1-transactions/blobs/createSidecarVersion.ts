import type { L1Client } from "../l1Client.ts";
import type { SidecarVersion } from "../types.ts";

/** EIP-7951: Osaka brought it, as it brought cell proofs (EIP-7607). */
const OSAKA_PRECOMPILE = "P256VERIFY";

/**
 * The form in which L1 takes blobs: with cell proofs (EIP-7594) since Osaka, and, since every public L1 is past that,
 * where the node does not say. Forks do not go back: what was once found to be Osaka is not asked for again. A
 * transaction keeps its form from offer to offer, unless the fork overtakes it.
 */
export function createSidecarVersion(
  client: Pick<L1Client, "precompiles">,
  fixed: SidecarVersion | undefined,
): () => Promise<SidecarVersion> {
  let version = fixed;
  return async () => {
    if (version !== undefined) return version;
    const precompiles = await client.precompiles();
    if (precompiles === undefined) return 1;
    if (!precompiles.includes(OSAKA_PRECOMPILE)) return 0;
    version = 1;
    return version;
  };
}
