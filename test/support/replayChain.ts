import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createExecutor } from "../../executor/index.ts";
import { type Block, bytesToHex, type Genesis, type Hex } from "../../protocol/index.ts";
import type { ChainStore } from "../../sequencer/chain-store/index.ts";

/** What must be the same, however a block was run. */
export interface BlockIdentity {
  number: number;
  hash: Hex;
  stateRoot: Hex;
  receiptsRoot: Hex;
  gasUsed: bigint;
  transactions: Hex[];
}

export interface ReplayedChain {
  stored: BlockIdentity[];
  replayed: BlockIdentity[];
  /** Most lanes that a block of the replay ran in. */
  lanes: number;
}

/**
 * Executes the stored chain again from genesis, in an empty state store of its own: only the header's environment and
 * the transactions go in. `lanes: 1` is the sequential chain.
 */
export async function replayChain(
  chain: Pick<ChainStore, "blockByNumber">,
  genesis: Genesis,
  lanes: number,
): Promise<ReplayedChain> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "braid-replay-"));
  const executor = createExecutor({ dataDir, lanes, genesis });
  const result: ReplayedChain = { stored: [], replayed: [], lanes: 0 };
  try {
    await executor.start();
    for (let number = 0; ; number++) {
      const stored = await chain.blockByNumber(number);
      if (stored === undefined) return result;
      const { header, transactions } = stored;
      const executed =
        number === 0 ? await executor.initialize() : await executor.execute({ ...header, transactions });
      await executor.commit(executed);
      result.stored.push(identity(stored));
      result.replayed.push(identity(executed.block));
      result.lanes = Math.max(result.lanes, executed.report.lanes);
    }
  } finally {
    await executor.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function identity({ header, hash, transactions }: Block): BlockIdentity {
  return {
    number: header.number,
    hash: bytesToHex(hash),
    stateRoot: bytesToHex(header.stateRoot),
    receiptsRoot: bytesToHex(header.receiptsRoot),
    gasUsed: header.gasUsed,
    transactions: transactions.map((transaction) => bytesToHex(transaction.hash)),
  };
}
