import type { StateReader } from "../../executor/index.ts";
import { type ChainConfig, type DecodeOptions, decodeTransaction } from "../../protocol/index.ts";
import type { Mempool, TransactionCondition } from "../mempool/index.ts";
import { AdmissionError } from "./admissionError.ts";
import { checkFeeCap } from "./checkFeeCap.ts";
import { checkForm } from "./checkForm.ts";
import { checkSender } from "./checkSender.ts";

export interface AdmissionOptions {
  mempool: Pick<Mempool, "add">;
  /** Reads `latest`. */
  state: StateReader;
  config: ChainConfig;
  /** Most wei that a transaction may offer for its gas; 0n, the default, is no bound. */
  feeCap?: bigint;
}

export interface Admission {
  /** Resolves to the transaction's hash once the pool holds it durably. Throws typed errors with geth's wording. */
  admit(raw: Uint8Array, condition?: TransactionCondition): Promise<Uint8Array>;
}

/** A transaction must fit a block, and a block an L1 transaction. Bytes of the signed envelope. */
export const MAX_TRANSACTION_BYTES = 110_000;

/**
 * The way into the pool, cheapest checks first: size, shape, what the chain says of the form, then the signature (the
 * one expensive step), then the sender's account, last the pool's own rules. A refused request costs at most one
 * recovery and changes nothing.
 * The pool adds up what the sender's transactions there may cost: the balance must cover all of it.
 */
export function createAdmission(options: AdmissionOptions): Admission {
  const { mempool, state, config, feeCap = 0n } = options;
  const decodeOptions: DecodeOptions = {
    beforeRecovery(transaction) {
      checkFeeCap(transaction, feeCap);
      checkForm(transaction, config);
    },
  };
  return {
    async admit(raw, condition) {
      if (raw.length > MAX_TRANSACTION_BYTES) {
        throw new AdmissionError(
          "OVERSIZED",
          `oversized data: transaction size ${raw.length}, limit ${MAX_TRANSACTION_BYTES}`,
        );
      }
      const transaction = decodeTransaction(raw, decodeOptions);
      const account = state.account(transaction.sender);
      checkSender(transaction, account, state);
      const sender = { nonce: account?.nonce ?? 0n, balance: account?.balance ?? 0n };
      await mempool.add(transaction, sender, condition);
      return transaction.hash;
    },
  };
}
