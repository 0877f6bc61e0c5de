import { DEPOSIT_TYPE, DecodeError } from "../../protocol/index.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { ByteReader, ByteWriter } from "./byteStream.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** What a lane is told of a block and of a transaction, packed. Every reader here mirrors its writer. */
export function writeEnvironment(out: ByteWriter, environment: BlockEnvironment): void {
  const { difficulty, excessBlobGas, blockHashes, systemCalls } = environment;
  out.uint(environment.number);
  out.blob(environment.parentHash);
  out.uint(environment.timestamp);
  out.bigint(environment.baseFeePerGas);
  out.bigint(environment.gasLimit);
  out.blob(environment.coinbase);
  out.blob(environment.prevRandao);
  out.blob(environment.extraData);
  out.blob(environment.parentBeaconBlockRoot);
  writeOptional(out, difficulty, (value) => out.bigint(value));
  writeOptional(out, excessBlobGas, (value) => out.bigint(value));
  writeOptional(out, blockHashes, (hashes) =>
    out.list([...hashes], ([number, hash]) => {
      out.uint(number);
      out.blob(hash);
    }),
  );
  writeOptional(out, systemCalls, (value) => out.uint(value ? 1 : 0));
}

export function readEnvironment(from: ByteReader): BlockEnvironment {
  const environment: BlockEnvironment = {
    number: from.uint(),
    parentHash: from.blob(),
    timestamp: from.uint(),
    baseFeePerGas: from.bigint(),
    gasLimit: from.bigint(),
    coinbase: from.blob(),
    prevRandao: from.blob(),
    extraData: from.blob(),
    parentBeaconBlockRoot: from.blob(),
  };
  if (from.uint() === 1) environment.difficulty = from.bigint();
  if (from.uint() === 1) environment.excessBlobGas = from.bigint();
  if (from.uint() === 1) {
    environment.blockHashes = new Map(from.list(() => [from.uint(), from.blob()] as const));
  }
  if (from.uint() === 1) environment.systemCalls = from.uint() === 1;
  return environment;
}

export function writeTransaction(out: ByteWriter, transaction: LaneTransaction): void {
  out.uint(transaction.type);
  out.blob(transaction.sender);
  writeOptional(out, transaction.chainId, (value) => out.bigint(value));
  out.bigint(transaction.nonce);
  out.bigint(transaction.gasLimit);
  out.bigint(transaction.maxFeePerGas);
  out.bigint(transaction.maxPriorityFeePerGas);
  out.optional(transaction.to);
  out.bigint(transaction.value);
  out.blob(transaction.data);
  out.list(transaction.accessList, ({ address, storageKeys }) => {
    out.blob(address);
    out.list(storageKeys, (key) => out.blob(key));
  });
  out.list(transaction.authorizationList, ({ chainId, address, nonce, yParity, r, s }) => {
    out.bigint(chainId);
    out.blob(address);
    out.bigint(nonce);
    out.uint(yParity);
    out.bigint(r);
    out.bigint(s);
  });
  writeOptional(out, transaction.blobs, ({ versionedHashes, maxFeePerBlobGas }) => {
    out.list(versionedHashes, (hash) => out.blob(hash));
    out.bigint(maxFeePerBlobGas);
  });
  writeOptional(out, transaction.deposit, ({ sourceHash, mint }) => {
    out.blob(sourceHash);
    out.bigint(mint);
  });
}

export function readTransaction(from: ByteReader): LaneTransaction {
  const transaction: LaneTransaction = {
    type: readType(from),
    sender: from.blob(),
    chainId: from.uint() === 0 ? undefined : from.bigint(),
    nonce: from.bigint(),
    gasLimit: from.bigint(),
    maxFeePerGas: from.bigint(),
    maxPriorityFeePerGas: from.bigint(),
    to: from.optional(),
    value: from.bigint(),
    data: from.blob(),
    accessList: from.list(() => ({ address: from.blob(), storageKeys: from.list(() => from.blob()) })),
    authorizationList: from.list(() => ({
      chainId: from.bigint(),
      address: from.blob(),
      nonce: from.bigint(),
      yParity: from.uint(),
      r: from.bigint(),
      s: from.bigint(),
    })),
  };
  if (from.uint() === 1) {
    transaction.blobs = {
      versionedHashes: from.list(() => from.blob()),
      maxFeePerBlobGas: from.bigint(),
    };
  }
  if (from.uint() === 1) transaction.deposit = { sourceHash: from.blob(), mint: from.bigint() };
  return transaction;
}

function readType(from: ByteReader): LaneTransaction["type"] {
  const type = from.uint();
  if (type === 0 || type === 1 || type === 2 || type === 3 || type === 4 || type === DEPOSIT_TYPE)
    return type;
  throw new DecodeError(`lane message names transaction type ${type}`);
}

function writeOptional<T>(out: ByteWriter, value: T | undefined, write: (value: T) => void): void {
  out.uint(value === undefined ? 0 : 1);
  if (value !== undefined) write(value);
}
