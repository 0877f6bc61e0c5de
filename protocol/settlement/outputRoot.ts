import { hashWords } from "./abiWords.ts";

/** What withdrawals are proven against (OP Stack, output root version 0). All 32 bytes. */
export function outputRoot(output: {
  stateRoot: Uint8Array;
  /** Of the account L2ToL1MessagePasser, after the block. */
  messagePasserStorageRoot: Uint8Array;
  blockHash: Uint8Array;
}): Uint8Array {
  return hashWords([0, output.stateRoot, output.messagePasserStorageRoot, output.blockHash]);
}
