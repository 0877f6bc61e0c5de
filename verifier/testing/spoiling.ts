/** How tests spoil a batch: as an L1 that lies would, or as a hostile sequencer, whose hashes fit what it posts. */
import {
  type BatchBlock,
  blobsDataHash,
  calldataHash,
  commitmentHash,
  decodeDeposit,
  depositTransaction,
  encodeBatch,
  InvariantError,
  packBlobs,
  type SettlementHeader,
} from "../../protocol/index.ts";
import type { BatchSource } from "../derivation/batchSource.ts";
import type { L1Header, L1Message } from "../l1/l1Types.ts";
import type { Posted, PostedChain } from "./postedChain.ts";

/** The second batch of an honest chain, with all of L1 that it needs, to be spoiled. */
export interface Spoilable {
  chain: PostedChain;
  /** Of the second batch of a chain that leaves forced transactions out. */
  censored: SettlementHeader;
  header: SettlementHeader;
  batch: Posted["batch"];
  previous: Posted["previous"];
  posted: BatchSource["posted"];
  blocks: BatchBlock[];
  messages: L1Message[];
  headers: Map<number, L1Header>;
}

/** `field`: by which the difference is named. */
export type Mutation = [name: string, field: string, spoil: (one: Spoilable) => void | Promise<void>];

/** As a hostile sequencer would post it: the hashes are those of what is there. */
export function committed(one: Spoilable): void {
  one.batch.hash = commitmentHash(one.batch);
}

export function withData(one: Spoilable, data: Uint8Array): void {
  one.posted = { kind: "calldata", data };
  one.batch.dataHash = calldataHash(data);
  committed(one);
}

export function withBlobs(one: Spoilable, blobs: Uint8Array[]): void {
  const hash = new Uint8Array(32).fill(1);
  one.posted = { kind: "blobs", blobs };
  one.batch.blobHashes = blobs.map(() => hash);
  one.batch.dataHash = blobsDataHash(one.batch.blobHashes);
  committed(one);
}

export const dataOf = ({ posted }: Spoilable): Uint8Array =>
  posted.kind === "calldata" ? posted.data : new Uint8Array();

export function withBlocks(one: Spoilable, change: (blocks: BatchBlock[]) => void): void {
  change(one.blocks);
  withData(one, encodeBatch(one.blocks));
}

export function at<T>(list: readonly T[], index: number): T {
  const found = list.at(index);
  if (found === undefined) throw new InvariantError(`nothing at ${index}`);
  return found;
}

export const flipped = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
/** What a change answers is put in the place of what was there. */
type Change<T> = (value: T) => Partial<T> | undefined | undefined;

export const inHeader = (change: Change<SettlementHeader>) => (one: Spoilable) => {
  Object.assign(one.header, change(one.header));
  committed(one);
};
export const inBlock = (index: number, change: Change<BatchBlock>) => (one: Spoilable) =>
  withBlocks(one, (blocks) => {
    const block = at(blocks, index);
    Object.assign(block, change(block));
  });
export const inOrigin =
  (index: number, change: Change<NonNullable<BatchBlock["l1Origin"]>>) => (one: Spoilable) =>
    withBlocks(one, (blocks) => {
      const { l1Origin } = at(blocks, index);
      if (l1Origin === undefined) throw new InvariantError("no origin");
      Object.assign(l1Origin, change(l1Origin));
    });
export const inMessage = (index: number, change: Change<L1Message>) => (one: Spoilable) => {
  const message = at(one.messages, index);
  Object.assign(message, change(message));
};
export const inL1 = (number: number, change: Partial<L1Header>) => (one: Spoilable) => {
  one.headers.set(number, { ...one.chain.header(number), ...change });
};
export const inBlobs = (change: (blobs: Uint8Array[]) => void) => (one: Spoilable) => {
  const blobs = packBlobs(dataOf(one));
  change(blobs);
  withBlobs(one, blobs);
};
export function redeposited(
  message: L1Message,
  fields: Partial<Parameters<typeof depositTransaction>[0]>,
): Pick<L1Message, "raw"> {
  const { deposit, sender, ...old } = decodeDeposit(message.raw);
  const before = {
    ...old,
    from: sender,
    mint: deposit?.mint ?? 0n,
    sourceHash: deposit?.sourceHash ?? sender,
  };
  return { raw: depositTransaction({ ...before, ...fields }).raw };
}
