import { nextBaseFee, nextL2BaseFee } from "../../../protocol/index.ts";
import type { BlockRules } from "./blockRules.ts";
import {
  EMPTY_TRIE_ROOT,
  NO_HASH,
  NO_LOGS_BLOOM,
  type ParentHeader,
  type SimulatedHeader,
} from "./simulatedHeader.ts";
import type { PlannedBlock, SimulatedChain } from "./types.ts";

/** EIP-1559: of the first block that has one. */
const INITIAL_BASE_FEE = 1_000_000_000n;
const GAS_PER_BLOB = 131_072n;
/** EIP-7918. */
const BLOB_BASE_COST = 8_192n;

/** All of the header that is known before the block runs. Fee recipient, difficulty and gas limit go on as they were. */
export function openHeader(
  planned: PlannedBlock,
  parent: ParentHeader,
  rules: BlockRules,
  chain: SimulatedChain,
  validation: boolean,
): SimulatedHeader {
  const { overrides } = planned;
  const difficulty = rules.isProofOfStake ? 0n : parent.difficulty;
  return {
    parentHash: parent.hash,
    coinbase: overrides.feeRecipient ?? parent.coinbase,
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: NO_LOGS_BLOOM,
    difficulty: overrides.difficulty ?? difficulty,
    number: planned.number,
    gasLimit: overrides.gasLimit ?? parent.gasLimit,
    gasUsed: 0n,
    timestamp: planned.timestamp,
    mixHash: overrides.prevRandao ?? NO_HASH,
    baseFeePerGas: baseFeeOf(planned, parent, rules, chain, validation),
    withdrawalsRoot: rules.hasWithdrawals ? EMPTY_TRIE_ROOT : undefined,
    blobGasUsed: rules.fork.hasBlobs ? 0n : undefined,
    excessBlobGas: rules.fork.hasBlobs ? nextExcessBlobGas(parent, rules) : undefined,
    parentBeaconBlockRoot: rules.hasBeaconRoot ? (overrides.beaconRoot ?? NO_HASH) : undefined,
    requestsHash: undefined,
  };
}

/** Without validation there is none unless one is named: nobody has to pay it. */
function baseFeeOf(
  { overrides }: PlannedBlock,
  parent: ParentHeader,
  rules: BlockRules,
  chain: SimulatedChain,
  validation: boolean,
): bigint | undefined {
  if (overrides.baseFeePerGas !== undefined) return overrides.baseFeePerGas;
  if (!rules.fork.hasBaseFee) return undefined;
  if (!validation) return 0n;
  const { baseFeePerGas } = parent;
  if (baseFeePerGas === undefined) return INITIAL_BASE_FEE;
  const { baseFee, l1Prices } = chain;
  return l1Prices === undefined
    ? nextBaseFee(baseFee, { ...parent, baseFeePerGas })
    : nextL2BaseFee(baseFee, { ...parent, baseFeePerGas }, l1Prices);
}

/** EIP-4844 and 7918. */
export function nextExcessBlobGas(parent: ParentHeader, rules: BlockRules): bigint {
  const { excessBlobGas: excess, blobGasUsed: used = 0n } = parent;
  if (excess === undefined) return 0n;
  const { blobGasTarget: target, maxBlobGas: most } = rules;
  if (excess + used < target) return 0n;
  if (rules.reservesBlobPrice) {
    const reserve = BLOB_BASE_COST * (parent.baseFeePerGas ?? 0n);
    if (reserve > GAS_PER_BLOB * rules.fork.blobBaseFee(excess)) {
      return excess + (used * (most - target)) / most;
    }
  }
  return excess + used - target;
}
