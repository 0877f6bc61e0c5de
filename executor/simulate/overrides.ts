import { type AccountChange, keccak256, type StateDiff, stripLeadingZeros } from "../../protocol/index.ts";
import { recordOr } from "../engine/access.ts";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import { compareKeys, keyOf } from "../engine/keys.ts";
import { changedReader } from "../readers/changedReader.ts";
import type { StateReader } from "../state/types.ts";
import { checksumAddress } from "./checksumAddress.ts";
import { SimulationError } from "./errors.ts";

/** Slot and value, 32 bytes each. */
export interface SlotOverride {
  slot: Uint8Array;
  value: Uint8Array;
}

/** What an account is taken to be during a simulation; what is left out stays. */
export interface AccountOverride {
  /** 20 bytes; each account once. */
  address: Uint8Array;
  nonce?: bigint;
  balance?: bigint;
  code?: Uint8Array;
  /** All of the account's storage. */
  state?: SlotOverride[];
  /** Some of the account's storage. */
  stateDiff?: SlotOverride[];
  /** 20 bytes: the precompile at `address` is there instead. */
  movePrecompileToAddress?: Uint8Array;
}

/** What a block is taken to be during a simulation; what is left out stays. */
export interface BlockOverrides {
  number?: number;
  difficulty?: bigint;
  /** Seconds. */
  time?: number;
  gasLimit?: bigint;
  feeRecipient?: Uint8Array;
  prevRandao?: Uint8Array;
  baseFeePerGas?: bigint;
  blobBaseFee?: bigint;
  /** Only `eth_simulateV1` can have them. */
  beaconRoot?: Uint8Array;
  withdrawals?: unknown[];
}

/** A block as a simulated transaction sees it. */
export interface SimulationEnvironment extends BlockEnvironment {
  /** In wei; without it, it follows from `excessBlobGas`. */
  blobBaseFee?: bigint;
}

/** Where precompiles are instead of their own places. */
export interface PrecompileMoves {
  /** Addresses that are plain accounts now. */
  removed: Uint8Array[];
  moved: { from: Uint8Array; to: Uint8Array }[];
}

export const NO_MOVES: PrecompileMoves = { removed: [], moved: [] };

function failure(message: string): SimulationError {
  return new SimulationError("INVALID_OVERRIDE", message);
}

/** geth's `BlockOverrides.Apply`. */
export function overriddenEnvironment(
  environment: SimulationEnvironment,
  overrides: BlockOverrides = {},
): SimulationEnvironment {
  const { number, difficulty, time, gasLimit, feeRecipient, prevRandao, baseFeePerGas, blobBaseFee } =
    overrides;
  for (const name of ["beaconRoot", "withdrawals"] as const) {
    if (overrides[name] !== undefined)
      throw failure(`block override "${name}" is not supported for this RPC method`);
  }
  return {
    ...environment,
    ...(number === undefined ? {} : { number }),
    ...(difficulty === undefined ? {} : { difficulty }),
    ...(time === undefined ? {} : { timestamp: time }),
    ...(gasLimit === undefined ? {} : { gasLimit }),
    ...(feeRecipient === undefined ? {} : { coinbase: feeRecipient }),
    ...(prevRandao === undefined ? {} : { prevRandao }),
    ...(baseFeePerGas === undefined ? {} : { baseFeePerGas }),
    ...(blobBaseFee === undefined ? {} : { blobBaseFee }),
  };
}

/** The changes that the overrides make to `state`, as they would be had a transaction made them. Checks them as geth does. */
export function overridesToDiff(state: StateReader, overrides: readonly AccountOverride[]): StateDiff {
  const codes: StateDiff["codes"] = [];
  const accounts = overrides.map((override): AccountChange => {
    const { address, code } = override;
    if (override.state !== undefined && override.stateDiff !== undefined) {
      throw failure(`account ${checksumAddress(address)} has both 'state' and 'stateDiff'`);
    }
    const before = recordOr(state.account(address));
    const codeHash = code === undefined ? before.codeHash : keccak256(code);
    if (code !== undefined && code.length > 0) codes.push({ hash: codeHash, code });
    const nonce = override.nonce ?? before.nonce;
    const balance = override.balance ?? before.balance;
    const slots = override.state ?? override.stateDiff ?? [];
    return {
      address,
      account: { nonce, balance, codeHash },
      storageCleared: override.state !== undefined,
      storage: slots
        .map(({ slot, value }) => ({ slot, value: stripLeadingZeros(value) }))
        .sort((a, b) => compareKeys(keyOf(a.slot), keyOf(b.slot))),
    };
  });
  accounts.sort((a, b) => compareKeys(keyOf(a.address), keyOf(b.address)));
  return { accounts, codes };
}

/** A precompile whose account is overridden is one no longer, as in geth. */
export function precompileMoves(
  overrides: readonly AccountOverride[],
  isPrecompile: (address: Uint8Array) => boolean,
): PrecompileMoves {
  const overridden = new Set(overrides.map(({ address }) => keyOf(address)));
  const moves: PrecompileMoves = { removed: [], moved: [] };
  for (const { address, movePrecompileToAddress: to } of overrides) {
    const precompile = isPrecompile(address);
    if (to !== undefined) {
      if (!precompile) throw failure(`account ${checksumAddress(address)} is not a precompile`);
      if (overridden.has(keyOf(to))) {
        throw failure(`account ${checksumAddress(to)} is already overridden`);
      }
      moves.moved.push({ from: address, to });
    }
    if (precompile) moves.removed.push(address);
  }
  return moves;
}

/** The state with the overrides laid over it. */
export function overriddenState(state: StateReader, overrides: readonly AccountOverride[]): StateReader {
  return overrides.length === 0 ? state : changedReader(state, overridesToDiff(state, overrides));
}
