/** A batch made ready to run: read from L1, checked as far as that goes without running it. */
import { bytesEqual, type ChainConfig, InvariantError } from "../protocol/index.ts";
import type { BatchEnd } from "./derivation/batchSource.ts";
import { type DecodedBatch, decodePosted } from "./derivation/decodePosted.ts";
import { originsOf } from "./derivation/placeBlocks.ts";
import type { L1Reader } from "./l1/l1Reader.ts";
import type { BatchEvent, L1Header } from "./l1/l1Types.ts";
import { type LoadBatchDeps, loadBatch } from "./l1/loadBatch.ts";
import type { Senders, SenderThread } from "./senders/createSenderThread.ts";
import type { VerifierStore } from "./store/verifierStore.ts";
import type { L1Batch } from "./types.ts";

export interface PreparedBatch extends DecodedBatch {
  event: BatchEvent;
  batch: L1Batch;
  previous: Omit<BatchEnd, "sequenceNumber">;
  /** Of the blocks' origins, as far as L1 has them. */
  headers: ReadonlyMap<number, L1Header>;
  senders: Senders | undefined;
}

export interface PrepareDeps extends LoadBatchDeps {
  store: VerifierStore;
  chain: ChainConfig;
  /** Without it senders are recovered as blocks run. */
  senderThread: SenderThread | undefined;
}

/** Undefined when L1 has no batch of this number. Throws DifferenceError. */
export async function prepareBatch(number: number, deps: PrepareDeps): Promise<PreparedBatch | undefined> {
  const event = deps.store.batch(number);
  const before = deps.store.batch(number - 1);
  if (event === undefined) return undefined;
  if (before === undefined) throw new InvariantError(`batch ${number} has no batch before it`);
  const previous = endOf(before);
  const { batch, posted } = await loadBatch(event, deps);
  const { data, blocks } = decodePosted({ batch, previous, posted });
  const moved = originsOf(blocks).filter((origin) => origin > previous.originNumber);
  const claimed = new Map(
    blocks.flatMap(({ l1Origin }) => (l1Origin ? [[l1Origin.number, l1Origin.hash]] : [])),
  );
  const [headers, senders] = await Promise.all([
    readHeaders(deps.reader, moved, claimed),
    deps.senderThread?.recover(blocks),
  ]);
  return { event, batch, previous, data, blocks, headers, senders };
}

/** What L1 binds of a batch's end. */
function endOf({ header, hash, rollingHash }: BatchEvent): Omit<BatchEnd, "sequenceNumber"> {
  const { number, lastBlock, messagesConsumed, l1OriginNumber, l1OriginHash } = header;
  return {
    ...{ number, hash, lastBlock, messagesConsumed, rollingHash },
    ...{ originNumber: l1OriginNumber, originHash: l1OriginHash },
  };
}

const READ_AT_ONCE = 16;

/** Reading ends at the first origin that is not L1's: the checks end there too. */
async function readHeaders(
  reader: L1Reader,
  numbers: readonly number[],
  claimed: ReadonlyMap<number, Uint8Array>,
): Promise<Map<number, L1Header>> {
  const headers = new Map<number, L1Header>();
  for (let at = 0; at < numbers.length; at += READ_AT_ONCE) {
    const group = numbers.slice(at, at + READ_AT_ONCE);
    const found = await Promise.all(group.map((number) => reader.header(number)));
    for (const header of found) if (header !== undefined) headers.set(header.number, header);
    const differs = group.some((number) => {
      const hash = headers.get(number)?.hash;
      return hash === undefined || !bytesEqual(hash, claimed.get(number) ?? hash);
    });
    if (differs) break;
  }
  return headers;
}
