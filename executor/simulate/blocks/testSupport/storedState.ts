import { Hardfork } from "@ethereumjs/common";
import { bigIntToAddressBytes } from "@ethereumjs/util";
import {
  type BlockHeader,
  bigIntToBytes,
  EMPTY_BYTES,
  keccak256,
  padTo32,
  stripLeadingZeros,
} from "../../../../protocol/index.ts";
import type { ChainRules } from "../../../engine/chainRules.ts";
import { LaneCommon } from "../../../engine/laneCommon.ts";
import { CONTRACTS } from "../../../evm/testSupport/randomProgram.ts";
import { TimeLimit } from "../../../readers/timeLimit.ts";
import type { ReadDesk } from "../../../readers/types.ts";
import { EMPTY_TRIE_ROOT } from "../../../trie/accountRlp.ts";
import { commitStateDiff } from "../../../trie/commitStateDiff.ts";
import type { CallRequest } from "../../types.ts";
import { LayeredState } from "../layeredState.ts";
import { planBlocks } from "../planBlocks.ts";
import { NO_HASH, NO_LOGS_BLOOM, sealHeader } from "../simulatedHeader.ts";
import type { SimulateBlocksParams, SimulatedBlockRequest } from "../types.ts";

export const CHAIN_ID = 7357;
export const SENDERS = [0x5e4de4n, 0x5e4de5n];
export const BASE_NUMBER = 500;
const BALANCE = 1_000n;
const COINBASE = 0xc01bn;
export const at = (value: bigint) => bigIntToAddressBytes(value);
export const word = (value: bigint) => padTo32(bigIntToBytes(value));

/** A contract of the state that a test simulates on. */
export interface Contract {
  code: Uint8Array;
  balance: bigint;
  slots: [bigint, bigint][];
}

/** The accounts as a stored state with its trie nodes. */
export function storedState(contracts: readonly Contract[], addresses = CONTRACTS) {
  const accounts = [
    ...SENDERS.map((address) => ({
      address: at(address),
      nonce: 0n,
      balance: BALANCE,
      code: EMPTY_BYTES,
      storage: [],
    })),
    ...contracts.map(({ code, balance, slots: held }, i) => ({
      address: at(addresses[i] ?? 0n),
      nonce: 1n,
      balance,
      code,
      storage: held.map(([slot, value]) => ({
        slot: word(slot),
        value: stripLeadingZeros(bigIntToBytes(value)),
      })),
    })),
  ];
  const diff = {
    accounts: accounts.map(({ address, nonce, balance, code, storage }) => {
      return {
        address,
        account: { nonce, balance, codeHash: keccak256(code) },
        storageCleared: false,
        storage,
      };
    }),
    codes: accounts.map(({ code }) => ({ hash: keccak256(code), code })),
  };
  const nothing = { account: () => undefined, storage: () => EMPTY_BYTES, code: () => EMPTY_BYTES };
  const noNodes = { node: () => undefined };
  const state = new LayeredState(nothing, EMPTY_TRIE_ROOT, noNodes);
  state.add(diff);
  const commit = commitStateDiff(noNodes, EMPTY_TRIE_ROOT, () => undefined, diff);
  const node = (hash: Uint8Array) => commit.nodes.get(Buffer.from(hash).toString("hex"));
  const desk: ReadDesk = {
    open: () => state,
    node,
    code: (hash) => state.code(hash),
    limit: new TimeLimit(30_000),
  };
  return { desk, stateRoot: commit.stateRoot, accounts };
}

export function baseHeader(stateRoot: Uint8Array, hardfork: Hardfork): BlockHeader {
  const common = new LaneCommon({ chainId: CHAIN_ID, hardfork });
  const when = <T>(eip: number, value: T) => (common.isActivatedEIP(eip) ? value : undefined);
  return sealHeader({
    parentHash: word(77n),
    coinbase: at(COINBASE),
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: NO_LOGS_BLOOM,
    difficulty: common.gteHardfork(Hardfork.Paris) ? 0n : 131_072n,
    number: BASE_NUMBER,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: 1_800_000_000,
    mixHash: NO_HASH,
    baseFeePerGas: when(1559, 1_000_000_000n),
    withdrawalsRoot: when(4895, EMPTY_TRIE_ROOT),
    blobGasUsed: when(4844, 0n),
    excessBlobGas: when(4844, 0n),
    parentBeaconBlockRoot: when(4788, NO_HASH),
    requestsHash: when(7685, NO_HASH),
  }).header;
}

export function paramsFor(
  stateRoot: Uint8Array,
  rules: ChainRules,
  blocks: SimulatedBlockRequest[],
): SimulateBlocksParams {
  const header = baseHeader(stateRoot, rules.hardfork);
  return {
    state: { blockNumber: header.number, stateRoot },
    base: { header, hash: keccak256(header.ethereum?.raw ?? EMPTY_BYTES) },
    blockHashes: new Map(),
    chain: {
      chainId: CHAIN_ID,
      baseFee: { baseFeeFloor: 0n, baseFeeElasticity: 2n, baseFeeChangeDenominator: 8n },
      l1Prices: undefined,
      depositContract: undefined,
      needsRequestContracts: false,
      collectsBaseFee: false,
    },
    blocks: planBlocks(header, blocks).map((block) => ({ ...block, rules })),
    validation: false,
    traceTransfers: false,
    gasCap: 50_000_000n,
    maxBytes: 10_000_000,
  };
}

export const block = (
  calls: CallRequest[],
  more: Partial<SimulatedBlockRequest> = {},
): SimulatedBlockRequest => {
  return { overrides: {}, stateOverrides: [], calls, ...more };
};
