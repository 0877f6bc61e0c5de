import { join } from "node:path";
import {
  braidRules,
  type ExecutedBlock,
  type StateReader,
  TouchedState,
  writeReproduction,
} from "../../executor/index.ts";
import { type BlockInput, decodeBlockAccessList } from "../../protocol/index.ts";
import type { Difference } from "../differenceError.ts";

export interface ReproductionDeps {
  directory: string;
  chainId: number;
  /** The state before the block. */
  state: StateReader;
}

/**
 * Leaves what `braid replay --repro` takes of a block that was executed and differs: its transactions and all of the
 * state that it touched, which its access list (EIP-7928) names. Answers the file.
 */
export function reproductionOf(
  { block, field, claimed, found }: Difference & { block: number },
  input: BlockInput,
  executed: ExecutedBlock,
  { directory, chainId, state }: ReproductionDeps,
): string {
  const touched = new TouchedState(state);
  for (const { address, storageChanges, storageReads } of decodeBlockAccessList(executed.accessList)) {
    touched.account(address);
    for (const { slot } of storageChanges) touched.storage(address, slot);
    for (const slot of storageReads) touched.storage(address, slot);
  }
  const { transactions, ...environment } = input;
  for (const { sender } of transactions) touched.account(sender);
  const file = join(directory, `block-${block}.json.gz`);
  writeReproduction(file, {
    reason: `block ${block}, ${field}: L1 says ${claimed}, found ${found}`,
    rules: braidRules(chainId),
    environment: { ...environment, collectsBaseFee: true },
    transactions,
    alloc: touched.alloc(),
  });
  return file;
}
