import type { StateReader } from "../../executor/index.ts";
import { type ChainConfig, decodeTransaction } from "../../protocol/index.ts";
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
 * The way into the pool, cheapest checks first: size, shape, then the signature (the one expensive step), then what
 * the chain says of the form and of the sender, last the pool's own rules. A refused request costs at most one recovery
 * and changes nothing.
 */
export function createAdmission({ mempool, state, config }: AdmissionOptions): Admission {
  return {
    async admit(raw) {
      if (raw.length > MAX_TRANSACTION_BYTES) {
        throw new AdmissionError(
          "OVERSIZED",
          `oversized data: transaction size ${raw.length}, limit ${MAX_TRANSACTION_BYTES}`,
        );
      }
      const transaction = decodeTransaction(raw);
      checkForm(transaction, config);
      const account = state.account(transaction.sender);
      checkSender(transaction, account, state);
      await mempool.add(transaction, { nonce: account?.nonce ?? 0n, balance: account?.balance ?? 0n });
      return transaction.hash;
    },
  };
}
