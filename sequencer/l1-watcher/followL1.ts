import { BraidError, bytesEqual, bytesToHex } from "../../protocol/index.ts";
import type { L1BlockRecord, L1Chain } from "../chain-store/index.ts";
import type { L1View } from "./l1Inbox.ts";
import type { L1Reader } from "./l1Reader.ts";
import { messagesOfLogs } from "./messagesOfLogs.ts";
import { L1MessagesError, L1UnavailableError } from "./watcherErrors.ts";

export interface FollowL1Options {
  reader: L1Reader;
  l1Chain: L1Chain;
  /** Blocks on top of one before it counts. */
  confirmations: number;
  /** The first block that can hold an event of the portal. */
  firstBlock: number;
  /** Most blocks whose events are asked for at once. Default 1000. */
  maxRange?: number;
  /** Before a reorganization is believed. */
  pause(): Promise<void>;
  /** L1 has other blocks after `ancestor` now. Must forget them, and all that L2 made of them. */
  onReorg(ancestor: L1BlockRecord, replaced: L1BlockRecord): Promise<void>;
  /** The view after each step. */
  onView(view: L1View): void;
}

/** L1 forgot the block that the settlement was deployed on. */
export class SettlementLostError extends BraidError {
  constructor(number: number) {
    super("SETTLEMENT_LOST", `L1 no longer has the block ${number} that the settlement was deployed on`, {
      hint: "Restore the L1, or start anew with --reset.",
    });
  }
}

const DEFAULT_RANGE = 1000;
const READ_AT_ONCE = 16;

/**
 * Looks at L1 and stores what is new and confirmed.
 *
 * Invariant: the stored blocks are ancestors of one another, the messages are all that they queued, in order, and their
 * rolling hash is the portal's at the newest of them. A step that L1 changes under is not stored. Throws
 * L1UnavailableError, which time heals; L1MessagesError, if the portal's queue is not what its events say.
 */
export function createL1Follower(options: FollowL1Options) {
  const { reader, l1Chain, confirmations, firstBlock } = options;
  const maxRange = options.maxRange ?? DEFAULT_RANGE;
  let range = maxRange;

  async function look(signal: AbortSignal): Promise<void> {
    const head = await reader.headNumber();
    let tip = (await l1Chain.newest()) ?? (await begin());
    if (!(await stands(tip, head))) {
      await options.pause();
      if (signal.aborted || (await stands(tip, await reader.headNumber()))) return;
      tip = await goBack(tip);
    }
    let { count, rollingHash } = await l1Chain.queueEnd();
    if (tip.number >= firstBlock) options.onView({ origin: tip, messages: count });
    while (tip.number < head - confirmations && !signal.aborted) {
      const to = Math.min(head - confirmations, tip.number + range);
      const step = await readStep(tip, to, { count, rollingHash });
      if (step === undefined) {
        range = Math.max(1, Math.floor((to - tip.number) / 2));
        continue;
      }
      await l1Chain.append(step.blocks, step.messages);
      range = Math.min(maxRange, 2 * range);
      tip = step.newest;
      count += step.messages.length;
      rollingHash = step.messages.at(-1)?.rollingHash ?? rollingHash;
      options.onView({ origin: tip, messages: count });
    }
  }

  /** The block before the settlement: there is always a stored block to go back to. */
  async function begin(): Promise<L1BlockRecord> {
    const base = await reader.block(Math.max(0, firstBlock - 1));
    await l1Chain.append([base], []);
    return base;
  }

  /** False only when L1 says that it has another block: a node that is behind says nothing. */
  async function stands(tip: L1BlockRecord, head: number): Promise<boolean> {
    const known = head >= tip.number ? tip : await l1Chain.newest(head);
    if (known === undefined) return true;
    const hash = await reader.blockHash(known.number);
    if (hash === undefined) throw moved(known.number);
    return bytesEqual(hash, known.hash);
  }

  async function goBack(tip: L1BlockRecord): Promise<L1BlockRecord> {
    let ancestor: L1BlockRecord | undefined = tip;
    for (;;) {
      const before: L1BlockRecord | undefined = await l1Chain.newest(ancestor.number - 1);
      if (before === undefined) throw new SettlementLostError(ancestor.number);
      ancestor = before;
      const hash = await reader.blockHash(ancestor.number);
      if (hash !== undefined && bytesEqual(hash, ancestor.hash)) break;
    }
    await options.onReorg(ancestor, tip);
    return ancestor;
  }

  /** Undefined when the node wants to be asked for less. */
  async function readStep(tip: L1BlockRecord, to: number, end: { count: number; rollingHash: Uint8Array }) {
    const logs = await reader.portalLogs(tip.number + 1, to);
    if (logs === undefined) return undefined;
    const numbers = [...new Set([...logs.map(({ blockNumber }) => Number(blockNumber)), to])];
    const blocks: L1BlockRecord[] = [];
    for (let at = 0; at < numbers.length; at += READ_AT_ONCE) {
      const group = numbers.slice(at, at + READ_AT_ONCE);
      blocks.push(...(await Promise.all(group.map((number) => reader.block(number)))));
    }
    const byNumber = new Map(blocks.map((block) => [block.number, block]));
    for (const { blockNumber, blockHash } of logs) {
      const { hash } = byNumber.get(Number(blockNumber)) ?? {};
      if (hash === undefined || bytesToHex(hash) !== blockHash.toLowerCase())
        throw moved(Number(blockNumber));
    }
    const newest = byNumber.get(to);
    if (newest === undefined) throw moved(to);
    const child = byNumber.get(tip.number + 1);
    if (child !== undefined && !bytesEqual(child.parentHash, tip.hash)) throw moved(tip.number);
    const queue = await reader.queueAt(newest.hash);
    for (const block of [tip, newest]) {
      const hash = await reader.blockHash(block.number);
      if (hash === undefined || !bytesEqual(hash, block.hash)) throw moved(block.number);
    }
    const messages = messagesOfLogs(logs, end);
    const count = end.count + messages.length;
    const rollingHash = messages.at(-1)?.rollingHash ?? end.rollingHash;
    if (queue.count !== count || !bytesEqual(queue.rollingHash, rollingHash)) {
      throw new L1MessagesError(
        `at L1 block ${to} the portal has queued ${queue.count} messages (${bytesToHex(queue.rollingHash)}), ` +
          `its events give ${count} (${bytesToHex(rollingHash)})`,
      );
    }
    return { blocks: blocks.sort((a, b) => a.number - b.number), messages, newest };
  }

  return { look };
}

function moved(number: number): L1UnavailableError {
  return new L1UnavailableError(`L1 block ${number}`, new TypeError("it changed while it was read"));
}
