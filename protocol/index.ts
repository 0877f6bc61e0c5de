export { nextBaseFee } from "./baseFee.ts";
export {
  BATCH_LIMITS,
  type BatchBlock,
  type BatchL1Origin,
  BLOB_BYTES,
  BLOB_PAYLOAD_BYTES,
  blobCount,
  blockToBatchBlock,
  decodeBatch,
  encodeBatch,
  encodeBatchAsync,
  packBlobs,
  unpackBlobs,
} from "./batch/index.ts";
export {
  type AccountInBlock,
  accountsOfBlock,
  accountsOfTransactions,
} from "./block/accountsOfBlock.ts";
export type {
  Block,
  BlockHeader,
  BlockRef,
  EthereumBody,
  EthereumHeader,
  Log,
  Receipt,
  Withdrawal,
} from "./block/block.ts";
export {
  type AccountAccess,
  type BalanceAfter,
  type BlockAccessList,
  blockAccessListHash,
  blockAccessListItems,
  type CodeAfter,
  decodeBlockAccessList,
  encodeBlockAccessList,
  type NonceAfter,
  type SlotAfter,
  type SlotChanges,
} from "./block/blockAccessList.ts";
export { type AccountAccessJson, blockAccessListToJson } from "./block/blockAccessListJson.ts";
export type { BlockInput } from "./block/blockInput.ts";
export { encodeBlock } from "./block/encodeBlock.ts";
export { encodeHeader, headerHash } from "./block/headerHash.ts";
export { decodeIndices, encodeIndices } from "./block/indicesCodec.ts";
export { type LogCriteria, matchesLog } from "./block/logCriteria.ts";
export { logsBloom, orInto } from "./block/logsBloom.ts";
export { ByteReader } from "./byteReader.ts";
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
export { ByteWriter } from "./byteWriter.ts";
export type { ChainConfig, Genesis, GenesisAccount } from "./chainConfig.ts";
export { keccak256, keccakBackend } from "./crypto/keccak256.ts";
export { recoverPublicKey, recoveryBackend } from "./crypto/recoverPublicKey.ts";
export { BraidError, DecodeError, InvariantError } from "./errors.ts";
export * from "./fees/index.ts";
export {
  BEACON_ROOTS_ADDRESS,
  DEVELOPMENT_ADDRESSES,
  DEVELOPMENT_MNEMONIC,
  developmentGenesis,
  FEE_VAULT_ADDRESS,
  HISTORY_STORAGE_ADDRESS,
  systemContracts,
} from "./genesis.ts";
export * from "./settlement/index.ts";
export type { AccountChange, AccountFields, StateDiff, StorageChange } from "./state/stateDiff.ts";
export { decodeStateDiff, encodeStateDiff } from "./state/stateDiffCodec.ts";
export { contractAddress } from "./transaction/contractAddress.ts";
export {
  type DecodeOptions,
  decodeTransaction,
  type UnrecoveredTransaction,
} from "./transaction/decodeTransaction.ts";
export {
  DEPOSIT_RECEIPT_VERSION,
  DEPOSIT_TYPE,
  type DepositFields,
  decodeDeposit,
  depositTransaction,
} from "./transaction/deposit.ts";
export {
  l1AttributesSourceHash,
  upgradeSourceHash,
  userDepositSourceHash,
} from "./transaction/depositSourceHash.ts";
export {
  type GasSchedule,
  type IntrinsicGas,
  intrinsicGas,
  MAX_INITCODE_SIZE,
  MAX_TRANSACTION_GAS,
  OSAKA_GAS,
} from "./transaction/intrinsicGas.ts";
export {
  type AccessListEntry,
  type Authorization,
  type Deposit,
  effectiveTip,
  type Transaction,
  type TransactionType,
} from "./transaction/transaction.ts";
