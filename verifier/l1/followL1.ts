/**
 * Brings the stored events up to L1's newest block.
 *
 * Invariant: what is stored are all events of the settlement up to `store.tip()`, which was L1's block when they were
 * read. A range that L1 changes under is not stored; a tip that L1 no longer has is walked back from, over the points
 * that were read, to one that it still has.
 */
import { bytesEqual, bytesToHex, type Hex, hexToBytes } from "../../protocol/index.ts";
import type { L1Point } from "../store/records.ts";
import type { VerifierStore } from "../store/verifierStore.ts";
import { L1MovedError, L1UnavailableError, VerifierError } from "../verifierError.ts";
import type { L1Reader, SettlementState } from "./l1Reader.ts";
import type { L1Rpc } from "./l1Rpc.ts";
import { messagesOfLogs } from "./messagesOfLogs.ts";
import { batchEventsOf, readLogs } from "./settlementLogs.ts";

export interface FollowL1Options {
  rpc: L1Rpc;
  reader: L1Reader;
  store: VerifierStore;
  settlement: { rollup: Hex; portal: Hex };
  deployedAtBlock: number;
  /** Most blocks whose events are asked for at once. Default 2000. */
  maxRange?: number;
  onStep?: (l1Block: number, head: number) => void;
}

export interface L1View {
  tip: L1Point;
  /** What the contracts say at the tip. */
  state: SettlementState;
}

const DEFAULT_RANGE = 2000;

export function createL1Follower(options: FollowL1Options) {
  const { rpc, reader, store, settlement, deployedAtBlock } = options;
  const maxRange = options.maxRange ?? DEFAULT_RANGE;
  const rollup = hexToBytes(settlement.rollup);
  let range = maxRange;
  let seen: L1View | undefined;

  /** Throws L1MovedError when L1 changed meanwhile: look again. */
  async function look(): Promise<L1View> {
    const head = await reader.head();
    let tip = await standing(head.number);
    while (tip.number < head.number) {
      const to = Math.min(head.number, tip.number + range);
      const read = await step(tip, to);
      if (read === undefined) {
        range = Math.max(1, Math.floor((to - tip.number) / 2));
        continue;
      }
      tip = read;
      range = Math.min(maxRange, 2 * range);
      options.onStep?.(tip.number, head.number);
    }
    if (seen !== undefined && bytesEqual(seen.tip.hash, tip.hash)) return seen;
    const state = await reader.state(settlement, tip.hash);
    checkComplete(state, tip);
    seen = { tip, state };
    return seen;
  }

  /** The newest point that L1 still has; what was stored after it is forgotten. */
  async function standing(head: number): Promise<L1Point> {
    const newest = store.tip();
    if (newest === undefined) return await begin();
    if (head < newest.number) {
      // A node that is behind itself has what was read there; only another block says that L1 changed.
      const known = store.pointBefore(head + 1);
      const now = known === undefined ? undefined : await reader.blockHash(known.number);
      if (known === undefined || now === undefined || bytesEqual(now, known.hash)) {
        throw new L1UnavailableError(`L1's newest block is ${head}`, `it was ${newest.number} before`);
      }
    }
    const found = await firstStanding(newest);
    if (found === undefined) return lost();
    if (found.number < newest.number) await store.forgetL1After(found);
    return found;
  }

  async function firstStanding(from: L1Point): Promise<L1Point | undefined> {
    for (
      let point: L1Point | undefined = from;
      point !== undefined;
      point = store.pointBefore(point.number)
    ) {
      const hash = await reader.blockHash(point.number);
      if (hash !== undefined && bytesEqual(hash, point.hash)) return point;
    }
    return undefined;
  }

  /** The block before the rollup: there is always a point to go back to. */
  async function begin(): Promise<L1Point> {
    const number = Math.max(0, deployedAtBlock - 1);
    const hash = await reader.blockHash(number);
    if (hash === undefined) throw new L1UnavailableError(`L1 block ${number}`, "the node does not have it");
    const to = { number, hash };
    await store.appendL1({ to, batches: [], reverts: [], messages: [] });
    return to;
  }

  /** Undefined when the node wants to be asked for less. */
  async function step(tip: L1Point, to: number): Promise<L1Point | undefined> {
    const hash = await reader.blockHash(to);
    if (hash === undefined) throw new L1MovedError(`L1 block ${to}`);
    const logs = await readLogs(rpc, [settlement.rollup, settlement.portal], tip.number + 1, to);
    if (logs === undefined) return undefined;
    for (const point of [tip, { number: to, hash }]) {
      const now = await reader.blockHash(point.number);
      if (now === undefined || !bytesEqual(now, point.hash))
        throw new L1MovedError(`L1 block ${point.number}`);
    }
    const messages = messagesOfLogs(logs, store.messageCount());
    const point = { number: to, hash };
    await store.appendL1({ to: point, ...batchEventsOf(logs, rollup), messages });
    return point;
  }

  /** A node that leaves out events is found out by what the contracts themselves say. */
  function checkComplete(state: SettlementState, tip: L1Point): void {
    const number = store.lastBatch();
    const last = store.batch(number);
    const same = last !== undefined && number === state.last.number && bytesEqual(last.hash, state.last.hash);
    if (same && store.messageCount() === state.messages) return;
    throw new VerifierError(
      "L1_EVENTS_MISSING",
      `at L1 block ${tip.number} the contracts have batch ${state.last.number} (${bytesToHex(state.last.hash)}) and ` +
        `${state.messages} messages; the node's logs give batch ${number} and ${store.messageCount()} messages`,
      { hint: "Ask another L1 node: this one leaves out events. Remove the data folder before." },
    );
  }

  function lost(): never {
    throw new VerifierError("L1_OTHER_CHAIN", "L1 has none of the blocks that were read before", {
      hint: "Is it the same L1? With another one, use another --data folder.",
    });
  }

  return { look };
}
