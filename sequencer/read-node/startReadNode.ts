import { setTimeout as delay } from "node:timers/promises";
import { braidRules } from "../../executor/index.ts";
import { type Closers, type Config, createClosers, type Logger } from "../../infra/index.ts";
import type { ChainConfig, Hex } from "../../protocol/index.ts";
import type { ChainReader } from "../rpc/chainReader.ts";
import type { HeadTracker } from "../rpc/heads/headTracker.ts";
import { createPortalView } from "../rpc/withdrawals/portalView.ts";
import type { RunningRole } from "../runningRole.ts";
import { openState } from "../startRpc.ts";
import { createArchivedChain, type ReadableArchive } from "./archivedChain.ts";
import { emptyPool, refusedSends } from "./refusedSends.ts";
import { serveChain } from "./serveChain.ts";

export interface ReadNodeOptions {
  archive: ReadableArchive;
  /** Of the state store that belongs to the archive; whoever verifies writes it. */
  stateDirectory: string;
  chain: ChainConfig;
  /** Host and port, limits, read threads. */
  config: Config;
  logger: Logger;
  /** URL of a node that takes transactions. */
  sendTo?: string;
  /** Contracts on L1: with them, withdrawals can be followed. */
  portal?: { l1Url: string; portal: Hex; rollup: Hex };
  /** Ends the wait for a first block. */
  signal?: AbortSignal;
}

/** How often the archive is asked for blocks: how late a subscriber hears of one at most. */
const POLL_MS = 100;

/**
 * Serves the RPC over verified blocks and their states: everything that reads. Waits for the archive's first block.
 * Blocks may be added, and taken back, while it runs; by this process or another one.
 */
export async function startReadNode(options: ReadNodeOptions): Promise<RunningRole> {
  const closers = createClosers();
  try {
    return await start(options, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function start(options: ReadNodeOptions, closers: Closers): Promise<RunningRole> {
  const { archive, stateDirectory, config, logger, chain: chainConfig, portal, signal } = options;
  // An archive without a block may have its state store made anew.
  while (archive.headNow() === undefined)
    await delay(POLL_MS, undefined, signal === undefined ? {} : { signal });
  const store = await openState(stateDirectory);
  closers.add(() => store.close());
  const chain = createArchivedChain(archive, () => store.head()?.number);
  const rules = braidRules(chainConfig.chainId);
  const { heads, url } = await serveChain(
    {
      chain,
      store,
      stateDirectory,
      chainConfig,
      mempool: emptyPool,
      admission: refusedSends(options.sendTo),
      pending: { onTransaction: () => () => undefined },
      pool: { now: async () => ({ size: 0, content: () => [] }) },
      rulesAt: () => rules,
      ...(portal === undefined ? {} : { portal: createPortalView(portal) }),
    },
    // Nobody develops on what was verified.
    { config: { ...config, dev: false }, logger, closers },
  );
  const following = follow(chain, heads);
  closers.add(() => following.stop());
  return {
    info: { rpcUrl: url, wsUrl: url.replace(/^http/, "ws"), chainId: String(chainConfig.chainId) },
    stop: () => closers.closeAll(),
  };
}

/** Tells the heads of the archive as they move, forwards and back. */
function follow(chain: ChainReader, heads: HeadTracker): { stop(): Promise<void> } {
  const end = new AbortController();
  const { signal } = end;
  async function run(): Promise<void> {
    while (!signal.aborted) {
      const head = await chain.head();
      if (head !== undefined) {
        const [safe, finalized] = [await chain.safeBlock(), await chain.finalizedBlock()];
        const { number } = head;
        // A failure is logged by the tracker; the next look comes back to it.
        await heads
          .announce({ number, safe: Math.min(safe, number), finalized: Math.min(finalized, number) })
          .catch(() => undefined);
      }
      // Ends early when it is stopped.
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  const running = run();
  return {
    stop: () => {
      end.abort();
      return running;
    },
  };
}
