import { bytesToHex, DecodeError } from "../../protocol/index.ts";
import { decodeReplayTransaction, type ReplayTransaction } from "./replayTransaction.ts";
import type { Reproduction } from "./reproduction.ts";
import type { StateTest } from "./stateTestFile.ts";

/** A failed test as a block of one transaction; undefined when its bytes are no transaction, so that none could run. */
export function stateTestReproduction(test: StateTest, error: string): Reproduction | undefined {
  const transaction = decoded(test.txbytes);
  if (transaction === undefined) return undefined;
  const wanted = `${bytesToHex(test.stateRoot)}, logs ${bytesToHex(test.logsHash)}`;
  return {
    reason: `${test.name} (${test.fork}): ${error}; wanted state root ${wanted}`,
    rules: test.rules,
    environment: test.environment,
    transactions: [transaction],
    alloc: test.pre,
    expectedPostStateRoot: test.stateRoot,
  };
}

function decoded(bytes: Uint8Array): ReplayTransaction | undefined {
  try {
    return decodeReplayTransaction(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
