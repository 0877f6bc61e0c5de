/** What Ethereum asks of a blob, 131,072 bytes, on its trusted set-up. Every function throws when the bytes are no blob. */
export interface KzgEngine {
  /** 48 bytes (EIP-4844). */
  commitment(blob: Uint8Array): Uint8Array;
  /** Of the whole blob (EIP-4844), 48 bytes. `commitment`: the blob's. */
  proof(blob: Uint8Array, commitment: Uint8Array): Uint8Array;
  /** Of each of the extended blob's 128 cells (EIP-7594), 48 bytes each. */
  cellProofs(blob: Uint8Array): Uint8Array[];
}
