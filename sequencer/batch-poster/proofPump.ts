/**
 * Gets proofs of the batches that L1 has, beside posting: building a witness takes long and must hold nothing back.
 */
import { type BraidError, InvariantError } from "../../protocol/index.ts";
import type { BatchRecord, ChainStore } from "../chain-store/index.ts";
import { type L1Client, shortReason } from "../l1-transactions/index.ts";
import { commitmentOf } from "./batchCommitments.ts";
import type { BatchLog } from "./batchLog.ts";
import type { ProofRequests } from "./proofRequests.ts";
import type { ProofVerifier, RollupContract, RollupState } from "./rollupContract.ts";
import { type ProvenBatch, proofBytes } from "./wantedTransactions.ts";

export interface ProofPumpOptions {
  chain: ChainStore;
  client: L1Client;
  rollup: RollupContract;
  requests: ProofRequests;
  log: BatchLog;
  /** Batches that are proven at the same time. Default 4. */
  ahead?: number;
  onFatal: (error: BraidError) => void;
}

export interface ProofPump {
  /** Batches with enough proofs, in order from the first that L1 has no proof of, without gaps. */
  ready(state: RollupState, limit: number): Promise<ProvenBatch[]>;
  /** Asks for what is missing; returns at once. */
  wake(): void;
  /** Nothing is read of any batch meanwhile. */
  pausedFor<T>(step: () => Promise<T>): Promise<T>;
  /** Called when a batch has become ready. */
  onReady(listener: () => void): void;
  stop(): Promise<void>;
}

export function createProofPump(options: ProofPumpOptions): ProofPump {
  const { chain, client, rollup, requests, log } = options;
  /** By batch number; a batch that was posted anew has another hash. */
  const done = new Map<number, { hash: string; proof: Uint8Array }>();
  let running: Promise<void> | undefined;
  let stopped = false;
  let paused = false;
  let notify: () => void = () => undefined;

  async function pump(): Promise<void> {
    const committed = await chain.batchesIn(["committed"], options.ahead ?? 4);
    if (committed.length === 0 || (await chain.firstRefusal()) !== undefined) return;
    const verifier = await rollup.verifier();
    const chainId = await client.chainId();
    for (const batch of committed) {
      if (stopped) return;
      if (done.get(batch.number)?.hash === hashOf(batch)) continue;
      try {
        await pursue(batch, verifier, chainId);
      } catch (error) {
        if (!(error instanceof InvariantError) || (await stands(batch))) throw error;
        log.warn({ batch: batch.number }, "L1 lost a batch while its proof was asked for");
        return;
      }
    }
  }

  /** The poster may have found meanwhile that L1 has it no more. */
  async function stands(batch: BatchRecord): Promise<boolean> {
    const now = await chain.batchByNumber(batch.number);
    return now !== undefined && now.status !== "sealed" && hashOf(now) === hashOf(batch);
  }

  async function pursue(batch: BatchRecord, verifier: ProofVerifier, chainId: number): Promise<void> {
    const data = await dataOf(batch);
    const signatures = await requests.pursue({
      batch,
      commitment: commitmentOf(batch, data),
      previousStateRoot: await stateRootBefore(batch),
      chainId,
      rollup: rollup.address,
      verifier,
    });
    if (signatures === undefined) return;
    done.set(batch.number, { hash: hashOf(batch), proof: proofBytes(signatures) });
    for (const number of done.keys()) if (number < batch.number - 64) done.delete(number);
    notify();
  }

  async function stateRootBefore(batch: BatchRecord): Promise<Uint8Array> {
    const parent = await chain.headerByNumber(batch.firstBlock - 1);
    if (parent === undefined) throw new InvariantError(`block ${batch.firstBlock - 1} is missing`);
    return parent.header.stateRoot;
  }

  async function dataOf({ number }: BatchRecord): Promise<Uint8Array> {
    const data = await chain.batchData(number);
    if (data === undefined) throw new InvariantError(`batch ${number} has no data`);
    return data;
  }

  return {
    async ready(state, limit) {
      const ready: ProvenBatch[] = [];
      for (const batch of await chain.batchesIn(["committed"], limit)) {
        const proof = done.get(batch.number);
        if (batch.number !== state.proven + 1 + ready.length || proof?.hash !== hashOf(batch)) break;
        ready.push({ batch, data: await dataOf(batch), proof: proof.proof });
      }
      return ready;
    },
    wake() {
      if (stopped || paused || running !== undefined) return;
      running = pump()
        .catch((error: unknown) => {
          if (stopped) return;
          if (error instanceof InvariantError) options.onFatal(error);
          log.warn({ reason: shortReason(error) }, "proofs did not get on; trying again");
        })
        .finally(() => {
          running = undefined;
        });
    },
    async pausedFor(step) {
      paused = true;
      try {
        await running;
        return await step();
      } finally {
        paused = false;
      }
    },
    onReady(listener) {
      notify = listener;
    },
    async stop() {
      stopped = true;
      await running;
      await requests.stop();
    },
  };
}

function hashOf({ posting }: BatchRecord): string {
  return posting === undefined ? "" : Buffer.from(posting.hash).toString("hex");
}
