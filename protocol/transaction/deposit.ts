import { RLP } from "@ethereumjs/rlp";
import { bigIntToBytes, EMPTY_BYTES } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";
import { DecodeError } from "../errors.ts";
import { RlpReader } from "./rlpReader.ts";
import type { Transaction } from "./transaction.ts";

/** EIP-2718 type of the OP Stack's deposit transaction. */
export const DEPOSIT_TYPE = 0x7e;

/** What its receipts say since Canyon: the deposit's nonce is part of them. */
export const DEPOSIT_RECEIPT_VERSION = 1n;

export interface DepositFields {
  /** 32 bytes; see {@link userDepositSourceHash} and its siblings. */
  sourceHash: Uint8Array;
  /** 20 bytes; a contract's address on L1 comes aliased. */
  from: Uint8Array;
  /** 20 bytes; undefined creates a contract. */
  to: Uint8Array | undefined;
  /** Wei that `from` is given before anything else; it stays whatever comes of the rest. */
  mint: bigint;
  value: bigint;
  gasLimit: bigint;
  data: Uint8Array;
}

/**
 * A deposit transaction (OP Stack specifications, deposits.md, as of Regolith and Canyon):
 * `0x7e ‖ rlp([sourceHash, from, to, mint, value, gas, isSystemTx, data])`. Nobody signs it and it pays no fee; L1 has
 * vouched for both. Its nonce is whatever its sender's is when it runs: `nonce` is 0 here, the receipt says it.
 */
export function depositTransaction(fields: DepositFields): Transaction {
  const raw = encodeDeposit(fields);
  return transactionOf(fields, raw);
}

function encodeDeposit({ sourceHash, from, to, mint, value, gasLimit, data }: DepositFields): Uint8Array {
  const body = RLP.encode([
    sourceHash,
    from,
    to ?? EMPTY_BYTES,
    bigIntToBytes(mint),
    bigIntToBytes(value),
    bigIntToBytes(gasLimit),
    EMPTY_BYTES,
    data,
  ]);
  const raw = new Uint8Array(1 + body.length);
  raw[0] = DEPOSIT_TYPE;
  raw.set(body, 1);
  return raw;
}

/** Strict like decodeTransaction. A system transaction is refused: Regolith ended them. Throws DecodeError. */
export function decodeDeposit(bytes: Uint8Array): Transaction {
  const raw = new Uint8Array(bytes);
  if (raw[0] !== DEPOSIT_TYPE) throw new DecodeError("not a deposit transaction");
  const outer = new RlpReader(raw, 1);
  const fields = outer.list("transaction");
  if (!outer.done) throw new DecodeError("rlp: trailing bytes after transaction");
  const sourceHash = fields.fixed("sourceHash", 32);
  const from = fields.fixed("from", 20);
  const to = fields.string("to");
  if (to.length !== 0 && to.length !== 20) {
    throw new DecodeError(`rlp: to must be 0 or 20 bytes long, found ${to.length}`);
  }
  const mint = fields.uint("mint", 32);
  const value = fields.uint("value", 32);
  const gasLimit = fields.uint("gas", 8);
  if (fields.uint("isSystemTx", 1) !== 0n) throw new DecodeError("system tx not supported");
  const data = fields.string("data");
  fields.finish("transaction");
  const recipient = to.length === 0 ? undefined : to;
  return transactionOf({ sourceHash, from, to: recipient, mint, value, gasLimit, data }, raw);
}

function transactionOf(fields: DepositFields, raw: Uint8Array): Transaction {
  const { sourceHash, from, to, mint, value, gasLimit, data } = fields;
  return {
    type: DEPOSIT_TYPE,
    hash: keccak256(raw),
    raw,
    sender: from,
    chainId: undefined,
    nonce: 0n,
    gasLimit,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    to,
    value,
    data,
    accessList: [],
    authorizationList: [],
    deposit: { sourceHash, mint },
    v: 0n,
    r: 0n,
    s: 0n,
  };
}
