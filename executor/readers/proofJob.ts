import { type AccountProof, proveAccount, proveStorage, type StorageProof } from "../trie/proofs.ts";
import type { ReadDesk } from "./types.ts";

export interface ProofParams {
  /** 32 bytes. */
  stateRoot: Uint8Array;
  /** 20 bytes. */
  address: Uint8Array;
  /** 32 bytes each. */
  slots: Uint8Array[];
}

export interface ProofResult extends AccountProof {
  /** One for each slot asked for; without nodes where there is no such account. */
  storage: StorageProof[];
}

const NOTHING: StorageProof = { value: new Uint8Array(0), nodes: [] };

/** `eth_getProof`. */
export async function proofJob(desk: ReadDesk, params: ProofParams): Promise<ProofResult> {
  const { account, nodes } = proveAccount(desk, params.stateRoot, params.address);
  const storage: StorageProof[] = [];
  for (const slot of params.slots) {
    const pause = desk.limit.pace();
    if (pause !== undefined) await pause;
    storage.push(account === undefined ? NOTHING : proveStorage(desk, account.storageRoot, slot));
  }
  return { account, nodes, storage };
}
