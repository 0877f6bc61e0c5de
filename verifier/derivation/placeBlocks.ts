/** Where each block of a batch stands on L1: origins, sequence numbers, and which messages of the queue it takes. */
import { type BatchBlock, bytesToHex, type ChainConfig } from "../../protocol/index.ts";
import { DifferenceError, expectNumber, expectSame } from "../differenceError.ts";
import type { L1Header } from "../l1/l1Types.ts";
import type { L1Batch } from "../types.ts";
import type { BatchEnd, L1Data } from "./batchSource.ts";

export interface PlacedBlock {
  block: BatchBlock;
  originNumber: number;
  originHash: Uint8Array;
  sequenceNumber: number;
  /** The L1 block of an origin that moved in this block. */
  moved: L1Header | undefined;
  /** First message that it takes, and the first that it leaves. */
  messages: { from: number; to: number };
}

type Origin = Pick<PlacedBlock, "originNumber" | "originHash" | "sequenceNumber">;

const NO_BEACON_ROOT = new Uint8Array(32);

/** L1 blocks that the blocks' origins are said to be: what {@link placeBlocks} asks for. */
export function originsOf(blocks: readonly BatchBlock[]): number[] {
  return [...new Set(blocks.flatMap(({ l1Origin }) => (l1Origin === undefined ? [] : [l1Origin.number])))];
}

/** Throws DifferenceError. Gives each block of the batch, in order. */
export function placeBlocks(
  { batch, previous }: { batch: L1Batch; previous: BatchEnd },
  blocks: readonly BatchBlock[],
  l1: Pick<L1Data, "header">,
  chain: ChainConfig,
): PlacedBlock[] {
  const { header } = batch;
  const place = { batch: header.number };
  expectNumber(place, "lastBlock", header.lastBlock, header.firstBlock + blocks.length - 1);
  let origin: Origin = previous;
  let consumed = previous.messagesConsumed;
  const placed: PlacedBlock[] = [];
  for (const [i, block] of blocks.entries()) {
    const at = { ...place, block: header.firstBlock + i };
    expectNumber(at, "number", block.number, at.block);
    checkEnvironment(block, chain, at);
    const next = nextOrigin(block, origin, l1, at);
    const to = consumed + (block.l1Origin?.messages ?? 0);
    if (to > header.messagesConsumed) {
      const found = `${header.messagesConsumed} in the batch's header`;
      throw new DifferenceError({ ...at, field: "messages", claimed: `${to} consumed`, found });
    }
    placed.push({ block, ...next, messages: { from: consumed, to } });
    origin = next;
    consumed = to;
  }
  expectNumber(place, "l1OriginNumber", header.l1OriginNumber, origin.originNumber);
  expectSame(place, "l1OriginHash", header.l1OriginHash, origin.originHash);
  expectNumber(place, "messagesConsumed", header.messagesConsumed, consumed);
  return placed;
}

/** What the chain fixes for all blocks. Base fee and time follow from the parent, which is known when the block runs. */
function checkEnvironment(block: BatchBlock, chain: ChainConfig, at: { batch: number; block: number }): void {
  const { gasLimit, coinbase, prevRandao, parentBeaconBlockRoot } = block;
  expectNumber(at, "gasLimit", gasLimit, chain.gasLimit);
  expectSame(at, "coinbase", coinbase, chain.feeRecipient);
  if (prevRandao !== undefined) {
    const found = "the chain's rule, the hash of the parent's hash";
    throw new DifferenceError({ ...at, field: "prevRandao", claimed: bytesToHex(prevRandao), found });
  }
  expectSame(at, "parentBeaconBlockRoot", parentBeaconBlockRoot, NO_BEACON_ROOT);
}

/** Origins never go back; they are blocks that L1 has. A block that names none stays where its parent stands. */
function nextOrigin(
  { l1Origin }: BatchBlock,
  before: Origin,
  l1: Pick<L1Data, "header">,
  at: { batch: number; block: number },
): Origin & Pick<PlacedBlock, "moved"> {
  const { originNumber, originHash, sequenceNumber } = before;
  if (l1Origin === undefined) return { originNumber, originHash, sequenceNumber, moved: undefined };
  const { number, hash } = l1Origin;
  if (number < originNumber) {
    const found = `${originNumber} in the block before`;
    throw new DifferenceError({ ...at, field: "l1Origin", claimed: `${number}`, found });
  }
  const after = { originNumber: number, originHash: hash, sequenceNumber: l1Origin.sequenceNumber };
  if (number === originNumber) {
    expectSame(at, "l1OriginHash", hash, originHash);
    expectNumber(at, "sequenceNumber", l1Origin.sequenceNumber, sequenceNumber + 1);
    return { ...after, moved: undefined };
  }
  expectNumber(at, "sequenceNumber", l1Origin.sequenceNumber, 0);
  const moved = l1.header(number);
  if (moved === undefined) {
    throw new DifferenceError({ ...at, field: "l1Origin", claimed: `${number}`, found: "no such L1 block" });
  }
  expectSame(at, "l1OriginHash", hash, moved.hash);
  return { ...after, moved };
}
