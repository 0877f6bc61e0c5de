import type { KzgEngine } from "./kzgEngine.ts";

/** Tenths of a second for everything. Undefined where the package has no binary for this machine. */
export async function loadNativeKzg(): Promise<KzgEngine | undefined> {
  // Loading fails where it has none; nothing depends on why, for scriptKzg.ts gives the same.
  const { DasContextJs } = await import("@crate-crypto/node-eth-kzg").catch(() => ({
    DasContextJs: undefined,
  }));
  if (DasContextJs === undefined) return undefined;
  // Tables would take another 100 MB and save half of the cell proofs' time.
  const context = DasContextJs.create({ usePrecomp: false });
  return {
    commitment: (blob) => context.blobToKzgCommitment(blob),
    proof: (blob, commitment) => context.computeBlobKzgProof(blob, commitment),
    cellProofs: (blob) => context.computeCellsAndKzgProofs(blob).proofs,
  };
}
