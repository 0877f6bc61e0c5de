import type { StateReader } from "../../executor/index.ts";
import {
  type ChainConfig,
  type DecodeOptions,
  decodeTransaction,
  intrinsicGas,
} from "../../protocol/index.ts";
import { checkSender } from "../admission/checkSender.ts";
import { type Admission, AdmissionError } from "../admission/index.ts";
import type { Mempool } from "../mempool/index.ts";
import { withoutBlobs } from "./blobEnvelope.ts";

/** geth's blob pool takes transactions up to this size, with their blobs. */
const MAX_TRANSACTION_BYTES = 1024 * 1024;

/** The way into the pool of an imported chain: geth's checks, blob transactions included. Nothing of it is ever mined. */
export function createEthereumAdmission(options: {
  mempool: Pick<Mempool, "add">;
  /** Reads the head. */
  state: StateReader;
  config: ChainConfig;
}): Admission {
  const { mempool, state, config } = options;
  const decoding: DecodeOptions = { ethereum: true, chainId: BigInt(config.chainId) };
  return {
    async admit(raw) {
      if (raw.length > MAX_TRANSACTION_BYTES) throw new AdmissionError("OVERSIZED", "oversized data");
      const transaction = decodeTransaction(withoutBlobs(raw), decoding);
      if (transaction.chainId === undefined) {
        throw new AdmissionError(
          "UNPROTECTED",
          "only replay-protected (EIP-155) transactions allowed over RPC",
        );
      }
      if (transaction.gasLimit > config.gasLimit) {
        throw new AdmissionError("EXCEEDS_BLOCK_GAS", "exceeds block gas limit");
      }
      const { intrinsic, floor } = intrinsicGas(transaction);
      const needed = intrinsic > floor ? intrinsic : floor;
      if (transaction.gasLimit < needed) {
        throw new AdmissionError(
          "INTRINSIC_GAS",
          `intrinsic gas too low: gas ${transaction.gasLimit}, minimum needed ${needed}`,
        );
      }
      const account = state.account(transaction.sender);
      checkSender(transaction, account, state);
      await mempool.add(transaction, { nonce: account?.nonce ?? 0n, balance: account?.balance ?? 0n });
      return transaction.hash;
    },
  };
}
