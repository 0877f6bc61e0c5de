import type { StateReader } from "../../executor/index.ts";
import { type ChainConfig, type DecodeOptions, decodeTransaction } from "../../protocol/index.ts";
import type { Mempool } from "../mempool/index.ts";
import { AdmissionError } from "./admissionError.ts";
import { checkForm } from "./checkForm.ts";
import { checkSender } from "./checkSender.ts";

export interface AdmissionOptions {
  mempool: Pick<Mempool, "add">;
  /** Reads `latest`. */
  state: StateReader;
  config: ChainConfig;
}

export interface Admission {
  /** Resolves to the transaction's hash once the pool holds it durably. Throws typed errors with geth's wording. */
  admit(raw: Uint8Array): Promise<Uint8Array>;
}

/** A transaction must fit a block, and a block an L1 transaction. Bytes of the signed envelope. */
export const MAX_TRANSACTION_BYTES = 110_000;

/**
 * The way into the pool, cheapest checks first: size, shape, what the chain says of the form, then the signature (the
 * one expensive step), then the sender's account, last the pool's own rules. A refused request costs at most one
 * recovery and changes nothing.
 *
 * What the sender's other transactions in the pool will cost is not added up here: that would need sums of 256 bits in
 * Redis. The block builder drops whatever is not covered when its turn comes, and records the reason.
 */
export function createAdmission({ mempool, state, config }: AdmissionOptions): Admission {
  const decodeOptions: DecodeOptions = {
    beforeRecovery: (transaction) => checkForm(transaction, config),
  };
  return {
    async admit(raw) {
      if (raw.length > MAX_TRANSACTION_BYTES) {
        throw new AdmissionError(
          "OVERSIZED",
          `oversized data: transaction size ${raw.length}, limit ${MAX_TRANSACTION_BYTES}`,
        );
      }
      const transaction = decodeTransaction(raw, decodeOptions);
      const account = state.account(transaction.sender);
      checkSender(transaction, account, state);
      await mempool.add(transaction, { nonce: account?.nonce ?? 0n, balance: account?.balance ?? 0n });
      return transaction.hash;
    },
  };
}
