/** Signs a transaction, writes the attempt down, and offers it to L1. */
import { blobCount, bytesToHex, hexToBytes } from "../../protocol/index.ts";
import type { MakeBlobs } from "./blobs/createBlobMaker.ts";
import { bumpedFees, cappedFees, exceeds, marketFees, type PriceCeiling, worstCost } from "./feePolicy.ts";
import type { L1Client } from "./l1Client.ts";
import { L1Error, SignerError } from "./l1Error.ts";
import { nodeRefusal } from "./nodeRefusal.ts";
import { type SignedTransaction, signedTransaction, signingHash } from "./transactionEnvelope.ts";
import type { TransactionStore } from "./transactionStore.ts";
import type {
  BlobSidecar,
  HoldReason,
  L1Call,
  L1Fees,
  L1Log,
  L1Prices,
  L1Signer,
  SidecarVersion,
  StoredTransaction,
  TransactionAttempt,
  TransactionKind,
  UnsignedTransaction,
} from "./types.ts";

export type BroadcastOutcome =
  | { kind: "sent"; attempt: TransactionAttempt; blobs: number }
  | { kind: "held"; reason: HoldReason };

export interface OfferContext {
  prices: L1Prices;
  /** Undefined: the deadline has passed, any price will do. */
  ceiling: PriceCeiling | undefined;
  /** Wei that may still be promised. */
  budget: { left: bigint };
}

export interface Broadcaster {
  /** Offers a waiting transaction. `alone`: nothing is in flight before it, so L1 can try the call. */
  first(
    transaction: StoredTransaction,
    context: OfferContext & { nonce: number; alone: boolean },
  ): Promise<BroadcastOutcome>;
  /** Offers more for one in flight, or for its cancellation. */
  again(transaction: StoredTransaction, context: OfferContext): Promise<BroadcastOutcome>;
  /** Sends the last offer once more when the node has forgotten it. */
  remind(transaction: StoredTransaction): Promise<void>;
  blobCount(call: L1Call): number;
}

export interface BroadcasterOptions {
  client: L1Client;
  store: TransactionStore;
  signer: L1Signer;
  log: L1Log;
  /** Makes blobs of a batch's data. */
  makeBlobs: MakeBlobs;
  /** The form in which L1 takes them. */
  sidecarVersion: () => Promise<SidecarVersion>;
}

/** After so many raises the offer is 3 times (blobs: 64 times) the first: someone else's transaction is in the way. */
const RAISES: Record<TransactionKind, number> = { plain: 12, blobs: 6 };
const CANCEL_GAS = 21_000n;

export function createBroadcaster(options: BroadcasterOptions): Broadcaster {
  const { client, store, signer, log } = options;
  const ownAddress = hexToBytes(signer.address);

  async function offer(
    transaction: StoredTransaction,
    nonce: number,
    start: L1Fees,
    { prices, ceiling, budget }: OfferContext,
    cancels: boolean,
  ): Promise<BroadcastOutcome> {
    const { kind, purpose, key } = transaction;
    const call = cancels ? cancellation(ownAddress) : transaction.call;
    const blobs = kind === "plain" ? 0 : cancels ? 1 : blobCountOf(call);
    let fees = start;
    for (let raises = 0; ; raises++) {
      const offered = ceiling === undefined ? fees : cappedFees(fees, ceiling);
      const cost = worstCost(offered, call.gasLimit, blobs);
      if (cost > budget.left) return { kind: "held", reason: "daily-limit" };
      const signed = await unlessSignerFails(() => sign(transaction, nonce, offered, cancels));
      if (signed === undefined) return { kind: "held", reason: "signer" };
      const { hash, raw } = signed;
      const attempt = { hash, fees: offered, cancels };
      const refusal = await send(transaction, nonce, attempt, raw);
      if (refusal === undefined) {
        log.info(
          { transaction: key, purpose, nonce, hash: bytesToHex(hash), cancels, blobs },
          "L1 transaction sent",
        );
        return { kind: "sent", attempt: { ...attempt, sentAt: Date.now() }, blobs };
      }
      if (refusal !== "underpriced") return { kind: "held", reason: refusal };
      const capped = offered.maxFeePerGas < fees.maxFeePerGas;
      if (raises >= RAISES[kind] || capped) return { kind: "held", reason: "price" };
      fees = bumpedFees(fees, prices, kind);
    }
  }

  /** Undefined: L1 has it. */
  async function send(
    transaction: StoredTransaction,
    nonce: number,
    attempt: Omit<TransactionAttempt, "sentAt">,
    raw: Uint8Array,
  ): Promise<HoldReason | "underpriced" | undefined> {
    await store.recordAttempt(transaction.id, nonce, attempt);
    try {
      await client.send(raw);
      return undefined;
    } catch (error) {
      const refusal = nodeRefusal(error);
      if (refusal === "known") return undefined;
      if (refusal === undefined) throw error;
      // Nothing of it is on its way: it goes back to where it was.
      if (transaction.state === "waiting" && refusal !== "underpriced") {
        await store.markDisplaced(transaction.id);
      }
      if (refusal === "other-kind") {
        await cancelOtherKind(transaction.kind, nonce);
        return "nonce";
      }
      return refusal === "reverted" ? "call" : refusal;
    }
  }

  async function sign(
    transaction: StoredTransaction,
    nonce: number,
    fees: L1Fees,
    cancels: boolean,
  ): Promise<SignedTransaction> {
    const sidecar = await sidecarOf(transaction, cancels);
    const { to, calldata, gasLimit } = cancels ? cancellation(ownAddress) : transaction.call;
    return signedWith(sidecar, { chainId: await client.chainId(), nonce, fees, gasLimit, to, calldata });
  }

  async function signedWith(
    sidecar: BlobSidecar | undefined,
    fields: Omit<UnsignedTransaction, "versionedHashes">,
  ): Promise<SignedTransaction> {
    const unsigned = { ...fields, versionedHashes: sidecar?.versionedHashes };
    const signature = await signer.sign(unsigned, signingHash(unsigned));
    return signedTransaction(unsigned, signature, sidecar);
  }

  async function unlessSignerFails<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof SignerError)) throw error;
      log.error({ reason: error.message, hint: error.hint }, "L1 transactions cannot be signed");
      return undefined;
    }
  }

  async function sidecarOf(
    { kind, call }: StoredTransaction,
    cancels: boolean,
  ): Promise<BlobSidecar | undefined> {
    if (kind === "plain") return undefined;
    return sidecarFor(cancels || call.blobData === undefined ? new Uint8Array(0) : call.blobData);
  }

  async function sidecarFor(data: Uint8Array): Promise<BlobSidecar> {
    const version = await options.sidecarVersion();
    return (await options.makeBlobs(data)).sidecar(version);
  }

  /**
   * A transaction of the other kind that we know nothing of waits in L1's pool: whatever it is, a cancellation of its
   * kind takes its place. It is nobody's wish, so it is not kept; the nonce it uses is read from L1.
   */
  async function cancelOtherKind(kind: TransactionKind, nonce: number): Promise<void> {
    const other = kind === "plain" ? "blobs" : "plain";
    log.warn({ nonce }, "a transaction of the other kind is in the way on L1; cancelling it");
    const { prices, nonce: next } = await client.view(signer.address);
    const sidecar = other === "blobs" ? await sidecarFor(new Uint8Array(0)) : undefined;
    let fees = marketFees(prices, other);
    for (let raises = 0; raises <= RAISES[other]; raises++) {
      const { to, calldata, gasLimit } = cancellation(ownAddress);
      const chainId = await client.chainId();
      const { raw } = await signedWith(sidecar, { chainId, nonce: next, fees, gasLimit, to, calldata });
      try {
        await client.send(raw);
        return;
      } catch (error) {
        if (nodeRefusal(error) !== "underpriced") throw error;
        fees = bumpedFees(fees, prices, other);
      }
    }
  }

  return {
    async first(transaction, context) {
      const { kind } = transaction;
      const obstacle = context.alone ? await tryCall(transaction) : undefined;
      if (obstacle !== undefined) return { kind: "held", reason: obstacle };
      const before = transaction.attempts.at(-1)?.fees;
      const market = marketFees(context.prices, kind);
      const fees = before === undefined ? market : higher(market, before);
      return offer(transaction, context.nonce, fees, context, false);
    },
    async again(transaction, context) {
      const { kind, nonce, attempts, cancelled } = transaction;
      const last = attempts.at(-1);
      if (nonce === undefined || last === undefined) return { kind: "held", reason: "nonce" };
      const fees = bumpedFees(last.fees, context.prices, kind);
      const { ceiling } = context;
      // Less than this no node takes in its place.
      if (ceiling !== undefined && exceeds(fees, ceiling)) return { kind: "held", reason: "price" };
      return offer(transaction, nonce, fees, context, cancelled);
    },
    async remind(transaction) {
      const last = transaction.attempts.at(-1);
      if (last === undefined || transaction.nonce === undefined || (await client.knows(last.hash))) return;
      log.warn({ transaction: transaction.key }, "L1 has forgotten a transaction; sending it again");
      const { fees, cancels } = last;
      const { raw } = await sign(transaction, transaction.nonce, fees, cancels);
      try {
        await client.send(raw);
      } catch (error) {
        // A better offer is due soon.
        if (nodeRefusal(error) === undefined) throw error;
      }
    },
    blobCount: blobCountOf,
  };

  /** Why L1 would not carry out the call; some nodes want the price of blobs to be there even for a trial. */
  async function tryCall({ key, call, kind }: StoredTransaction): Promise<HoldReason | undefined> {
    const hashes =
      kind === "blobs" && call.blobData !== undefined
        ? (await options.makeBlobs(call.blobData)).versionedHashes
        : undefined;
    try {
      await client.simulate(signer.address, call, hashes);
      return undefined;
    } catch (error) {
      const refusal = nodeRefusal(error);
      if (refusal === "funds") return "funds";
      if (!(error instanceof L1Error) || refusal !== "reverted") throw error;
      log.warn({ transaction: key, reason: error.message }, "L1 would revert a transaction; not sending it");
      return "call";
    }
  }
}

function higher(a: L1Fees, b: L1Fees): L1Fees {
  return a.maxFeePerGas >= b.maxFeePerGas ? a : b;
}

function blobCountOf({ blobData }: L1Call): number {
  return blobData === undefined ? 0 : blobCount(blobData.length);
}

function cancellation(own: Uint8Array): L1Call {
  return { to: own, calldata: new Uint8Array(0), gasLimit: CANCEL_GAS, blobData: undefined };
}
