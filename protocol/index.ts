export type { Block, BlockHeader, BlockRef, Log, Receipt } from "./block/block.ts";
export type { BlockInput } from "./block/blockInput.ts";
export {
  bigIntToBytes,
  bytesEqual,
  bytesToBigInt,
  bytesToHex,
  EMPTY_BYTES,
  type Hex,
  hexToBytes,
  padTo32,
  stripLeadingZeros,
} from "./bytes.ts";
export type { ChainConfig, Genesis, GenesisAccount } from "./chainConfig.ts";
export { keccak256, keccakBackend } from "./crypto/keccak256.ts";
export { recoverPublicKey, recoveryBackend } from "./crypto/recoverPublicKey.ts";
export { BraidError, DecodeError, InvariantError } from "./errors.ts";
export type { AccountChange, AccountFields, StateDiff, StorageChange } from "./state/stateDiff.ts";
export {
  type AccessListEntry,
  type Authorization,
  effectiveTip,
  type Transaction,
  type TransactionType,
} from "./transaction/transaction.ts";
