import type { KzgEngine } from "./kzgEngine.ts";

/** Tenths of a second for everything. Undefined where the package has no binary for this machine. */
export async function loadNativeKzg(): Promise<KzgEngine | undefined> {
  const loaded = await import("@crate-crypto/node-eth-kzg").catch((error: unknown) => {
    // scriptKzg.ts gives the same, but whoever waits for it shall know why.
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] : "it cannot be loaded";
    process.emitWarning(`blobs are proved in JavaScript, 15 times slower: ${reason}`, "KzgWarning");
    return undefined;
  });
  if (loaded === undefined) return undefined;
  const { DasContextJs } = loaded;
  // Tables would take another 100 MB and save half of the cell proofs' time.
  const context = DasContextJs.create({ usePrecomp: false });
  return {
    commitment: (blob) => context.blobToKzgCommitment(blob),
    proof: (blob, commitment) => context.computeBlobKzgProof(blob, commitment),
    cellProofs: (blob) => context.computeCellsAndKzgProofs(blob).proofs,
  };
}
