import {
  AccessList2930Tx,
  type AccessListBytes,
  Blob4844Tx,
  EOACode7702Tx,
  FeeMarket1559Tx,
  LegacyTx,
  type TypedTransaction,
} from "@ethereumjs/tx";
import { Address, bigIntToUnpaddedBytes, type EOACode7702AuthorizationListBytes } from "@ethereumjs/util";
import {
  bytesToHex,
  DEPOSIT_TYPE,
  InvariantError,
  type Transaction,
  type TransactionType,
} from "../../protocol/index.ts";
import type { LaneCommon } from "./laneCommon.ts";

class SentLegacyTx extends LegacyTx {
  sender = new Address(new Uint8Array(20));
  override getSenderAddress(): Address {
    return this.sender;
  }
}

class SentAccessListTx extends AccessList2930Tx {
  sender = new Address(new Uint8Array(20));
  override getSenderAddress(): Address {
    return this.sender;
  }
}

class SentFeeMarketTx extends FeeMarket1559Tx {
  sender = new Address(new Uint8Array(20));
  override getSenderAddress(): Address {
    return this.sender;
  }
}

class SentBlobTx extends Blob4844Tx {
  sender = new Address(new Uint8Array(20));
  override getSenderAddress(): Address {
    return this.sender;
  }
}

class SentSetCodeTx extends EOACode7702Tx {
  sender = new Address(new Uint8Array(20));
  override getSenderAddress(): Address {
    return this.sender;
  }
}

/** The parts of a transaction that its execution depends on: what a lane is sent. */
export interface LaneTransaction extends Omit<Transaction, "type" | "hash" | "raw" | "v" | "r" | "s"> {
  /** Braid's L2 takes no blob transactions; other chains' blocks have them. */
  type: TransactionType | 3;
  /** EIP-4844, type 3 only. */
  blobs?: {
    /** 32 bytes each. */
    versionedHashes: Uint8Array[];
    maxFeePerBlobGas: bigint;
  };
}

/**
 * A transaction as `runTx` wants it. The sender is known, so nothing is recovered or verified again, and the
 * signature, which execution never reads, is left out.
 */
export function vmTransaction(transaction: LaneTransaction, common: LaneCommon): TypedTransaction {
  const sent = construct(transaction, common);
  sent.sender = new Address(transaction.sender);
  return sent;
}

function construct(transaction: LaneTransaction, common: LaneCommon) {
  const { nonce, gasLimit, value, data, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const to = transaction.to === undefined ? undefined : new Address(transaction.to);
  const options = { common, freeze: false };
  const fields = { nonce, gasLimit, value, data, ...(to === undefined ? {} : { to }) };
  const fees = { maxFeePerGas, maxPriorityFeePerGas };
  switch (transaction.type) {
    case 0:
      return new SentLegacyTx({ ...fields, gasPrice: maxFeePerGas }, options);
    case 1:
      return new SentAccessListTx(
        { ...fields, gasPrice: maxFeePerGas, accessList: accessListBytes(transaction) },
        options,
      );
    case 2:
      return new SentFeeMarketTx({ ...fields, ...fees, accessList: accessListBytes(transaction) }, options);
    case 3:
      return new SentBlobTx(
        {
          ...fields,
          ...fees,
          accessList: accessListBytes(transaction),
          maxFeePerBlobGas: transaction.blobs?.maxFeePerBlobGas ?? 0n,
          blobVersionedHashes: (transaction.blobs?.versionedHashes ?? []).map((hash) => bytesToHex(hash)),
        },
        options,
      );
    case 4:
      return new SentSetCodeTx(
        {
          ...fields,
          ...fees,
          accessList: accessListBytes(transaction),
          authorizationList: authorizationListBytes(transaction),
        },
        options,
      );
    case DEPOSIT_TYPE:
      throw new InvariantError("EthereumJS does not know deposits");
  }
}

function accessListBytes(transaction: LaneTransaction): AccessListBytes {
  return transaction.accessList.map(({ address, storageKeys }) => [address, storageKeys]);
}

function authorizationListBytes(transaction: LaneTransaction): EOACode7702AuthorizationListBytes {
  return transaction.authorizationList.map(({ chainId, address, nonce, yParity, r, s }) => [
    bigIntToUnpaddedBytes(chainId),
    address,
    bigIntToUnpaddedBytes(nonce),
    bigIntToUnpaddedBytes(BigInt(yParity)),
    bigIntToUnpaddedBytes(r),
    bigIntToUnpaddedBytes(s),
  ]);
}
