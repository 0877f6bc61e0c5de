/** An L2 under load whose batches are posted to an L1 with moving prices: what its blocks earn and what posting takes. */
import fc from "fast-check";
import { nextBaseFee } from "../../baseFee.ts";
import { BLOB_PAYLOAD_BYTES, blobCount } from "../../batch/blobs.ts";
import { developmentGenesis } from "../../genesis.ts";
import { L1_COST, type L1Prices, l1CostFloor } from "../l1CostFloor.ts";
import { NO_L1_PRICES, nextL2BaseFee } from "../nextL2BaseFee.ts";

interface Ratio {
  numerator: bigint;
  denominator: bigint;
}
export const RISE: Ratio = { numerator: 9n, denominator: 8n };
const SAME: Ratio = { numerator: 1n, denominator: 1n };
const GWEI = 10n ** 9n;

export interface PostedBatch {
  gas: bigint;
  bytes: number;
  income: bigint;
  cost: bigint;
  emptierThanAssumed: boolean;
}

export interface PostingOptions {
  /** Of each L1 block. */
  prices: readonly L1Prices[];
  seed: number;
  bytesPerMillionGas: number;
  /** L1 blocks from the origin of a batch's oldest block to the block that takes the batch, at most. */
  blocksToInclusion: number;
  withoutFloor?: boolean;
}

const { config } = developmentGenesis();
const L2_BLOCKS_PER_L1_BLOCK = 12;
/** Sealed when another block might not fit into an L1 transaction or a blob. */
const SEAL_AT_BYTES = 110_000;
const MOST_BLOCK_BYTES = 10_000;

export function posting(options: PostingOptions): {
  batches: PostedBatch[];
  total: { income: bigint; cost: bigint };
} {
  const { prices, blocksToInclusion } = options;
  const random = generator(options.seed);
  const batches: PostedBatch[] = [];
  // The chain is no newcomer: its base fee has arrived at the first prices.
  const baseFeePerGas = options.withoutFloor
    ? config.baseFeeFloor
    : l1CostFloor(config, prices[0] ?? NO_L1_PRICES);
  let parent = { gasLimit: config.gasLimit, gasUsed: 0n, baseFeePerGas };
  let open: { origin: number; gas: bigint; bytes: number; income: bigint } | undefined;
  // A batch waits for half of the time at most; the poster has the rest.
  const longestWait = Math.max(1, Math.floor(blocksToInclusion / 2));
  const seal = (): void => {
    if (open === undefined) return;
    const taken = prices[open.origin + blocksToInclusion];
    if (taken !== undefined) batches.push(closeBatch(open, taken));
    open = undefined;
  };
  for (let slot = 0; slot < prices.length * L2_BLOCKS_PER_L1_BLOCK; slot++) {
    const origin = Math.floor(slot / L2_BLOCKS_PER_L1_BLOCK);
    const known = prices[origin];
    if (known === undefined) break;
    const baseFee = options.withoutFloor ? nextBaseFee(config, parent) : nextL2BaseFee(config, parent, known);
    const most = (BigInt(MOST_BLOCK_BYTES) * 1_000_000n) / BigInt(options.bytesPerMillionGas);
    const gas = (most * BigInt(Math.floor(random() * 1_000))) / 1_000n;
    const bytes = Number((gas * BigInt(options.bytesPerMillionGas)) / 1_000_000n);
    if (open !== undefined && (open.bytes + bytes > SEAL_AT_BYTES || origin - open.origin >= longestWait))
      seal();
    open ??= { origin, gas: 0n, bytes: 0, income: 0n };
    open.gas += gas;
    open.bytes += bytes;
    open.income += gas * baseFee;
    parent = { gasLimit: config.gasLimit, gasUsed: gas, baseFeePerGas: baseFee };
  }
  seal();
  const sum = (field: "income" | "cost") => batches.reduce((total, batch) => total + batch[field], 0n);
  return { batches, total: { income: sum("income"), cost: sum("cost") } };
}

function closeBatch(open: { gas: bigint; bytes: number; income: bigint }, prices: L1Prices): PostedBatch {
  const { gas, bytes, income } = open;
  const full = bytes >= Number(L1_COST.fullBatchBytes);
  return {
    gas,
    bytes,
    income,
    cost: costOnL1(bytes, prices),
    emptierThanAssumed: !full && gas < L1_COST.leastGasPerBatch,
  };
}

/** What L1's rules take, by the cheaper way: EIP-1559, EIP-7623 and EIP-4844 as the poster meets them. */
function costOnL1(bytes: number, prices: L1Prices): bigint {
  const gasPrice = prices.baseFee + L1_COST.priorityFee;
  const commit = L1_COST.batchGas * gasPrice;
  const calldata = BigInt(bytes) * 40n * gasPrice;
  const blobs = BigInt(blobCount(bytes)) * 131_072n * prices.blobBaseFee;
  return commit + (blobs < calldata && bytes <= 6 * BLOB_PAYLOAD_BYTES ? blobs : calldata);
}

/** Prices that change by the same ratio each L1 block. */
export function steadyPath(start: L1Prices, length: number, ratio: Ratio = SAME): L1Prices[] {
  const path = [start];
  while (path.length < length) {
    const { baseFee, blobBaseFee } = path.at(-1) ?? start;
    const step = (fee: bigint) => (fee * ratio.numerator) / ratio.denominator;
    path.push({ baseFee: step(baseFee), blobBaseFee: step(blobBaseFee) });
  }
  return path;
}

/** Prices that go up and down by an eighth at most, each by itself, as L1's rules let them. */
export function walkPath(length: number): fc.Arbitrary<L1Prices[]> {
  const start = fc.record({
    baseFee: fc.bigInt({ min: 1n, max: 20n * GWEI }),
    blobBaseFee: fc.bigInt({ min: 1n, max: 100n * GWEI }),
  });
  // A trend makes spikes; steps alone would go nowhere.
  const step = fc.record({
    trend: fc.integer({ min: -125, max: 125 }),
    noise: fc.integer({ min: 0, max: 60 }),
  });
  const stretch = fc.record({ base: step, blob: step, blocks: fc.integer({ min: 1, max: 30 }) });
  return fc
    .record({
      start,
      stretches: fc.array(stretch, { minLength: 3, maxLength: 8 }),
      seed: fc.nat(2 ** 32 - 1),
    })
    .map(({ start: first, stretches, seed }) => {
      const random = generator(seed);
      const move = (fee: bigint, { trend, noise }: { trend: number; noise: number }): bigint => {
        const change = Math.max(-125, Math.min(125, trend + Math.floor((random() * 2 - 1) * noise)));
        const next = (fee * BigInt(1_000 + change)) / 1_000n;
        return next < 1n ? 1n : next > 300n * GWEI ? 300n * GWEI : next;
      };
      const path = [first];
      for (const { base, blob, blocks } of stretches) {
        for (let i = 0; i < blocks && path.length < length; i++) {
          const { baseFee, blobBaseFee } = path.at(-1) ?? first;
          path.push({ baseFee: move(baseFee, base), blobBaseFee: move(blobBaseFee, blob) });
        }
      }
      return path;
    });
}

/** mulberry32: numbers in [0, 1) that only depend on the seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
