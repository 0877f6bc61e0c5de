import { rm } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../../infra/index.ts";
import type { Hex } from "../../protocol/index.ts";
import { openRecovery, type WaitingTransaction } from "../../sequencer/index.ts";
import {
  type BlobSource,
  createVerifier,
  type VerifiedChain,
  type VerifyProgress,
  type VerifyReport,
} from "../../verifier/index.ts";

export interface RecoverOptions {
  config: Config;
  l1Url: string;
  rollup: Hex;
  blobs: readonly BlobSource[];
  signal: AbortSignal;
  onStarted?: (chain: VerifiedChain) => void;
  onProgress?: (progress: VerifyProgress) => void;
}

export interface RecoverReport extends VerifyReport {
  /** Acknowledged and not on L1, as Redis knows. */
  waiting: WaitingTransaction[];
}

/** Verifies the chain into a sequencer's database and state store. Undefined when `signal` ended it: it can go on later. */
export async function recoverFromL1(options: RecoverOptions): Promise<RecoverReport | undefined> {
  const { config, l1Url, rollup, blobs, signal, onStarted, onProgress } = options;
  const recovery = await openRecovery({ config, l1Url, rollup });
  const verifier = createVerifier({
    ...{ l1Url, rollup, blobs, signal },
    dataDir: config.dataDir,
    lanes: config.lanes,
    sink: recovery.sink,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  try {
    const chain = await verifier.chain();
    recovery.requireSettings(chain);
    onStarted?.(chain);
    const report = await verifier.run();
    await verifier.stop();
    if (signal.aborted) return undefined;
    const waiting = await recovery.finish(report.lastBlock);
    // The state is the sequencer's from now on: nobody shall verify into it.
    await rm(path.join(config.dataDir, "verifier"), { recursive: true, force: true });
    return { ...report, waiting };
  } finally {
    await verifier.stop();
    await recovery.close();
  }
}
