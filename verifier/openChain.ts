/** What a verifier works with, once it has found the rollup on L1 and its own stores fit it. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type L2Deployment, L2GenesisError, l2Genesis, readL2Deployment } from "../contracts/index.ts";
import { createExecutor, type Executor } from "../executor/index.ts";
import {
  BraidError,
  bytesToHex,
  DecodeError,
  type Genesis,
  type Hex,
  hexToBytes,
} from "../protocol/index.ts";
import { DifferenceError } from "./differenceError.ts";
import { checkGenesis } from "./execution/fitStores.ts";
import { createL1Reader, type L1Reader } from "./l1/l1Reader.ts";
import { createL1Rpc, L1RefusedError, type L1Rpc, reasonOf, withoutSecrets } from "./l1/l1Rpc.ts";
import { createSenderThread, type SenderThread } from "./senders/createSenderThread.ts";
import { VerifierStore } from "./store/verifierStore.ts";
import type { VerifiedChain, VerifierOptions } from "./types.ts";
import { L1UnavailableError, VerifierError } from "./verifierError.ts";

export interface OpenChain {
  rpc: L1Rpc;
  reader: L1Reader;
  store: VerifierStore;
  executor: Executor;
  /** With more than one lane. */
  senderThread: SenderThread | undefined;
  settlement: { rollup: Hex; portal: Hex };
  verified: VerifiedChain;
  close(): Promise<void>;
}

/** Where a verifier's folder keeps the state store. */
export function stateDirOf(dataDir: string): string {
  return join(dataDir, "state");
}

/** Throws VerifierError, L1UnavailableError, and DifferenceError for a genesis that is not batch 0's. */
export async function openChain(options: VerifierOptions): Promise<OpenChain> {
  const { l1Url, dataDir, lanes, signal } = options;
  const rollup = bytesToHex(hexToBytes(options.rollup));
  // A wrong URL shall be told soon.
  const l1ChainId = await createL1Reader(createL1Rpc({ url: l1Url, signal, attempts: 3 })).chainId();
  const rpc = createL1Rpc({ url: l1Url, signal });
  const reader = createL1Reader(rpc);
  const { portal, genesisHash, genesis, deployedAtBlock } = await readSettlement(reader, l1Url, rollup);
  const store = VerifierStore.open(join(dataDir, "verifier"));
  const executor = createExecutor({ dataDir: stateDirOf(dataDir), lanes: executorLanes(lanes), genesis });
  const senderThread = lanes > 1 ? createSenderThread() : undefined;
  const close = async () => {
    await senderThread?.stop();
    await executor.stop();
    await store.close();
  };
  try {
    const identity = { l1ChainId, rollup, genesisHash: bytesToHex(genesisHash) };
    const known = store.identity();
    if (known !== undefined && (known.l1ChainId !== l1ChainId || known.rollup !== rollup)) {
      throw new VerifierError(
        "VERIFY_OTHER_CHAIN",
        `${dataDir} holds the chain of the rollup ${known.rollup} on L1 ${known.l1ChainId}`,
        { hint: "Use another --data folder for another rollup." },
      );
    }
    await executor.start();
    if (executor.head() === undefined) checkGenesis((await executor.initialize()).block, genesisHash);
    if (known === undefined) await store.identify(identity);
  } catch (error) {
    await close();
    throw error;
  }
  const verified = { config: genesis.config, l1ChainId, rollup: hexToBytes(rollup), deployedAtBlock };
  return { rpc, reader, store, executor, senderThread, settlement: { rollup, portal }, verified, close };
}

async function readSettlement(reader: L1Reader, l1Url: string, rollup: Hex) {
  try {
    const portal = await reader.portalOf(rollup);
    if (portal === undefined) throw noRollup(rollup, l1Url);
    const genesisHash = await reader.genesisHash(rollup);
    const published = await readL2Deployment({ l1Url, rollup });
    if (published === undefined) throw noRollup(rollup, l1Url);
    const { deployment, deployedAtBlock } = published;
    return { portal, genesisHash, genesis: genesisOf(deployment), deployedAtBlock };
  } catch (error) {
    // A contract of another kind reverts or answers nothing.
    if (error instanceof L1RefusedError) throw noRollup(rollup, l1Url, error);
    if (!(error instanceof BraidError))
      throw new L1UnavailableError(`L1 at ${withoutSecrets(l1Url)}`, reasonOf(error), error);
    if (!(error instanceof DecodeError)) throw error;
    const claimed = "a deployment of L2";
    throw new DifferenceError({ batch: 0, field: "l2Deployment", claimed, found: error.message }, error);
  }
}

function genesisOf(deployment: L2Deployment): Genesis {
  try {
    return l2Genesis(deployment);
  } catch (error) {
    if (!(error instanceof L2GenesisError)) throw error;
    const claimed = "a genesis of L2";
    throw new DifferenceError({ batch: 0, field: "l2Deployment", claimed, found: error.message }, error);
  }
}

function noRollup(rollup: Hex, l1Url: string, cause?: unknown): VerifierError {
  return new VerifierError(
    "VERIFY_NO_ROLLUP",
    `there is no rollup at ${rollup} on the L1 at ${withoutSecrets(l1Url)}`,
    {
      cause,
      hint: "--rollup is the Rollup contract (its proxy): `braid up` prints it, and deployment.json names it.",
    },
  );
}

/**
 * Who asks for more than one has senders recovered by a thread of their own, and blocks written by another, while blocks
 * run. Those need a core: where there is none to spare a lane less runs, for lanes that share a core only cost.
 */
function executorLanes(lanes: number): number {
  return Math.max(1, Math.min(lanes, availableParallelism() - 1));
}
