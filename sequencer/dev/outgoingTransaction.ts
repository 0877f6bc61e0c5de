import { type Hex, serializeTransaction, type TransactionSerializable } from "viem";
import type { CallRequest } from "../../executor/index.ts";
import { bytesToHex, decodeTransaction, hexToBytes, type Transaction } from "../../protocol/index.ts";

/** A transaction that nobody signed yet, complete. */
export interface Outgoing extends Omit<CallRequest, "from" | "chainId" | "nonce" | "gas"> {
  from: Uint8Array;
  chainId: number;
  nonce: bigint;
  gas: bigint;
}

/** In the words of viem: of the type that its fields call for. */
export function toSerializable(outgoing: Outgoing): TransactionSerializable {
  const { to, value, data, chainId, nonce, gas, gasPrice, authorizationList } = outgoing;
  const shared = {
    chainId,
    nonce: Number(nonce),
    gas,
    value: value ?? 0n,
    ...(to === undefined ? {} : { to: bytesToHex(to) }),
    ...(data === undefined ? {} : { data: bytesToHex(data) }),
  };
  const accessList = outgoing.accessList?.map(({ address, storageKeys }) => ({
    address: bytesToHex(address),
    storageKeys: storageKeys.map(bytesToHex),
  }));
  if (gasPrice !== undefined) {
    return accessList === undefined
      ? { ...shared, type: "legacy", gasPrice }
      : { ...shared, type: "eip2930", gasPrice, accessList };
  }
  const fees = {
    maxFeePerGas: outgoing.maxFeePerGas ?? 0n,
    maxPriorityFeePerGas: outgoing.maxPriorityFeePerGas ?? 0n,
    accessList: accessList ?? [],
  };
  if (authorizationList === undefined) return { ...shared, ...fees, type: "eip1559" };
  return {
    ...shared,
    ...fees,
    type: "eip7702",
    authorizationList: authorizationList.map(({ chainId: of, address, nonce: at, yParity, r, s }) => ({
      chainId: Number(of),
      address: bytesToHex(address),
      nonce: Number(at),
      yParity,
      r: word(r),
      s: word(s),
    })),
  };
}

/**
 * An impersonated account's transaction. It has to have a signature to be one, and a hash of its own: `r` is the sender,
 * above all addresses so that it is never zero, and `s` is 1. The pool and the chain store keep the sender beside it.
 */
export function unsignedTransaction(outgoing: Outgoing): Transaction {
  const marker = (1n << 160n) + BigInt(bytesToHex(outgoing.from));
  const signature = { r: word(marker), s: word(1n), v: 27n, yParity: 0 };
  const raw = serializeTransaction(toSerializable(outgoing), signature);
  return decodeTransaction(hexToBytes(raw), { sender: outgoing.from });
}

function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
