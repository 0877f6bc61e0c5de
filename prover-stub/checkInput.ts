/**
 * What a proof input must be before anything of it is run: the parts belong to the batch that L1 knows by its hash, and
 * the batch continues the one before it.
 */
import {
  type BatchBlock,
  type BatchL1Origin,
  type BatchMessage,
  blobsDataHash,
  bytesToHex,
  type ChainConfig,
  calldataHash,
  commitmentHash,
  DecodeError,
  decodeBatch,
  decodeDeposit,
  decodeL1AttributesTransaction,
  depositMessageHash,
  forcedMessageHash,
  keccak256,
  type ProofBatch,
  rollMessage,
  type SettlementHeader,
} from "../protocol/index.ts";
import type { ProvenBlockInput } from "./execution/runBlock.ts";
import { expectNumber, expectSame, refused } from "./expect.ts";

/** The versioned hashes (EIP-4844) of the blobs that a batch's data takes. */
export type HashBlobs = (data: Uint8Array) => Promise<Uint8Array[]>;

/** Blocks of the batch, but for the hash of each one's parent, which only running them shows. */
export type CheckedBlock = Omit<ProvenBlockInput, "parent">;

const NO_BEACON_ROOT = new Uint8Array(32);

/** Throws ProofRefusedError. */
export async function checkInput(
  input: ProofBatch,
  chain: ChainConfig,
  hashBlobs: HashBlobs | undefined,
): Promise<CheckedBlock[]> {
  checkChain(input);
  await checkData(input, hashBlobs);
  checkMessages(input);
  return checkBlocks(input, chain);
}

function checkChain({ commitment: { header }, previous, parentHeader }: ProofBatch): void {
  expectSame("previousHash", header.previousHash, commitmentHash(previous));
  expectSame("parentHeader", previous.header.lastBlockHash, keccak256(parentHeader));
  const before = previous.header;
  expectNumber("number", header.number, before.number + 1);
  expectNumber("firstBlock", header.firstBlock, before.lastBlock + 1);
  if (header.l1OriginNumber < before.l1OriginNumber) {
    throw refused(
      "l1OriginNumber",
      `${header.l1OriginNumber}`,
      `${before.l1OriginNumber} in the batch before`,
    );
  }
}

async function checkData(
  { commitment, data, blobs }: ProofBatch,
  hashBlobs: HashBlobs | undefined,
): Promise<void> {
  if (blobs === undefined) {
    expectSame("dataHash", commitment.dataHash, calldataHash(data));
    return;
  }
  if (hashBlobs === undefined) {
    throw refused("blobs", `${blobs.length} blobs`, "no way here to compute their commitments");
  }
  expectSame("dataHash", commitment.dataHash, blobsDataHash(await hashBlobs(data)));
}

/** Walks the queue from where the batch before left it. */
function checkMessages({ commitment, previous, messages }: ProofBatch): void {
  const { header, rollingHash } = commitment;
  let rolling = previous.rollingHash;
  let index = previous.header.messagesConsumed;
  let block = header.firstBlock;
  for (const message of messages) {
    if (message.block < block || message.block > header.lastBlock) {
      throw refused(
        "messages",
        `message ${index} in block ${message.block}`,
        `it belongs to ${block} or later`,
      );
    }
    block = message.block;
    if (message.kind === "attributes") continue;
    rolling = rollMessage(rolling, messageHash(message, index));
    index += 1;
  }
  expectNumber("messagesConsumed", header.messagesConsumed, index);
  expectSame("rollingHash", rollingHash, rolling);
}

function messageHash(message: Exclude<BatchMessage, { kind: "attributes" }>, index: number): Uint8Array {
  const place = { index, l1Block: message.l1Block };
  if (message.kind === "forced") return forcedMessageHash(place, message.from, message.raw);
  const { sender, to, value, gasLimit, data, deposit } = decoded("message", () => decodeDeposit(message.raw));
  return depositMessageHash(place, { from: sender, to, mint: deposit?.mint ?? 0n, value, gasLimit, data });
}

function checkBlocks(input: ProofBatch, chain: ChainConfig): CheckedBlock[] {
  const {
    commitment: { header },
    previous,
    data,
    messages,
  } = input;
  const blocks = decoded("data", () => decodeBatch(data));
  expectNumber("lastBlock", header.lastBlock, header.firstBlock + blocks.length - 1);
  const byBlock = new Map<number, BatchMessage[]>();
  for (const message of messages) {
    const list = byBlock.get(message.block);
    if (list === undefined) byBlock.set(message.block, [message]);
    else list.push(message);
  }
  for (const [i, block] of blocks.entries()) {
    const number = header.firstBlock + i;
    expectNumber("number", block.number, number, number);
    checkEnvironment(block, chain);
  }
  const moved = checkOrigins(header, previous.header, blocks);
  let consumed = previous.header.messagesConsumed;
  return blocks.map((block) => {
    const queued = { from: consumed, messages: byBlock.get(block.number) ?? [] };
    consumed += block.l1Origin?.messages ?? 0;
    return { block, ...placed(block, queued, moved.has(block.number)) };
  });
}

/** L1 origins never go back, and the header has the last one. Gives the blocks where the origin moved. */
function checkOrigins(
  header: SettlementHeader,
  before: SettlementHeader,
  blocks: BatchBlock[],
): ReadonlySet<number> {
  const moved = new Set<number>();
  let origin: Pick<BatchL1Origin, "number" | "hash"> & { sequenceNumber?: number } = {
    number: before.l1OriginNumber,
    hash: before.l1OriginHash,
  };
  for (const { number, l1Origin } of blocks) {
    if (l1Origin === undefined) continue;
    if (l1Origin.number < origin.number) {
      throw refused("l1Origin", `${l1Origin.number}`, `${origin.number} in the block before`, number);
    }
    if (l1Origin.number > origin.number) {
      moved.add(number);
      expectNumber("sequenceNumber", l1Origin.sequenceNumber, 0, number);
    } else {
      expectSame("l1Origin", l1Origin.hash, origin.hash, number);
      // What it was at the end of the batch before, no hash on L1 says.
      const expected = origin.sequenceNumber === undefined ? undefined : origin.sequenceNumber + 1;
      expectNumber("sequenceNumber", l1Origin.sequenceNumber, expected ?? l1Origin.sequenceNumber, number);
    }
    origin = l1Origin;
  }
  expectNumber("l1OriginNumber", header.l1OriginNumber, origin.number);
  expectSame("l1OriginHash", header.l1OriginHash, origin.hash);
  return moved;
}

/** What the chain fixes for all blocks. Base fee and time follow from the parent, which is known when the block runs. */
function checkEnvironment(block: BatchBlock, chain: ChainConfig): void {
  const { number, gasLimit, coinbase, prevRandao, parentBeaconBlockRoot } = block;
  expectNumber("gasLimit", gasLimit, chain.gasLimit, number);
  expectSame("coinbase", coinbase, chain.feeRecipient, number);
  if (prevRandao !== undefined) {
    throw refused("prevRandao", bytesToHex(prevRandao), "it is not the chain's rule", number);
  }
  expectSame("parentBeaconBlockRoot", parentBeaconBlockRoot, NO_BEACON_ROOT, number);
}

/**
 * Deposits open the block, the L1 attributes before all; forced transactions follow, both in the queue's order. `from`:
 * index in the queue of the first message.
 */
function placed(
  { number, l1Origin }: BatchBlock,
  { from, messages }: { from: number; messages: BatchMessage[] },
  originMoved: boolean,
): Pick<CheckedBlock, "deposits" | "forced"> {
  const queued = messages.filter(({ kind }) => kind !== "attributes").length;
  expectNumber("messages", l1Origin?.messages ?? 0, queued, number);
  expectNumber("attributes", messages.length - queued, originMoved ? 1 : 0, number);
  const deposits: Uint8Array[] = [];
  const forced: Uint8Array[] = [];
  let index = from;
  for (const [place, message] of messages.entries()) {
    if (message.kind === "attributes") checkAttributes(message.raw, place, number, l1Origin);
    else checkQueuedBefore(message.l1Block, index++, number, l1Origin);
    (message.kind === "forced" ? forced : deposits).push(message.raw);
  }
  return { deposits, forced };
}

/** A block takes what was in the queue at its own L1 origin, be the batch's last one later. */
function checkQueuedBefore(
  l1Block: number,
  index: number,
  block: number,
  origin: BatchL1Origin | undefined,
): void {
  if (origin !== undefined && l1Block <= origin.number) return;
  const found = origin === undefined ? "no L1 origin" : `L1 origin ${origin.number}`;
  throw refused("message origin", `message ${index} of L1 block ${l1Block}`, found, block);
}

/** They are not in the queue, so nothing but their values is free: all else follows, the block's origin among it. */
function checkAttributes(
  raw: Uint8Array,
  place: number,
  block: number,
  origin: BatchL1Origin | undefined,
): void {
  if (place !== 0) throw refused("attributes", `at place ${place}`, "they come first", block);
  const attributes = decoded("attributes", () => decodeL1AttributesTransaction(decodeDeposit(raw)), block);
  if (origin === undefined) throw refused("attributes", "in a block without L1 origin", "none", block);
  expectNumber("attributes number", attributes.number, origin.number, block);
  expectSame("attributes hash", attributes.hash, origin.hash, block);
  expectNumber("attributes sequenceNumber", attributes.sequenceNumber, origin.sequenceNumber, block);
}

function decoded<T>(field: string, decode: () => T, block?: number): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw refused(field, "well-formed", error.message, block);
  }
}
