/**
 * A proof input on its way to a prover: a version byte, then its parts in order, lists and byte strings with their
 * lengths before them.
 *
 * Decoding is bounded by PROOF_INPUT_LIMITS whatever the bytes, and gives a ProofInput or a DecodeError.
 */
import { ByteReader } from "../byteReader.ts";
import { EMPTY_BYTES } from "../bytes.ts";
import { ByteWriter } from "../byteWriter.ts";
import { DecodeError, InvariantError } from "../errors.ts";
import type { BatchCommitment, SettlementHeader } from "./batchCommitment.ts";
import {
  type BatchMessage,
  type BlockClaim,
  PROOF_INPUT_LIMITS as LIMITS,
  type ProofInput,
} from "./proofInput.ts";

const VERSION = 1;
const KINDS = ["attributes", "deposit", "forced"] as const;

export function encodeProofInput({ batch, witness }: ProofInput): Uint8Array {
  const writer = new ByteWriter(1024 * 1024);
  writer.byte(VERSION);
  writeCommitment(writer, batch.commitment);
  writeCommitment(writer, batch.previous);
  writer.prefixed(batch.parentHeader);
  writer.prefixed(batch.data);
  writer.byte(batch.blobs === undefined ? 0 : 1);
  if (batch.blobs !== undefined) writeList(writer, batch.blobs, (hash) => writer.bytes(hash));
  writeList(writer, batch.messages, (message) => writeMessage(writer, message));
  writeList(writer, batch.claims, (claim) => writeClaim(writer, claim));
  writeList(writer, witness.nodes, (node) => writer.prefixed(node));
  writeList(writer, witness.codes, (code) => writer.prefixed(code));
  if (writer.length > LIMITS.bytes)
    throw new InvariantError(`a proof input of ${writer.length} bytes is too large`);
  return writer.finish();
}

/** Throws DecodeError, and nothing else, for whatever is not a proof input. */
export function decodeProofInput(bytes: Uint8Array): ProofInput {
  if (bytes.length > LIMITS.bytes) throw new DecodeError(`proof input: ${bytes.length} bytes`);
  const reader = new ByteReader(bytes);
  const version = reader.byte("proof input version");
  if (version !== VERSION) throw new DecodeError(`proof input version ${version} is unknown`);
  const input: ProofInput = {
    batch: {
      commitment: readCommitment(reader),
      previous: readCommitment(reader),
      parentHeader: reader.prefixed("parent header", LIMITS.headerBytes),
      data: reader.prefixed("batch data", LIMITS.bytes),
      blobs: readBlobs(reader),
      messages: readList(reader, "messages", LIMITS.messages, 3, () => readMessage(reader)),
      claims: readList(reader, "blocks", LIMITS.blocks, 97, () => readClaim(reader)),
    },
    witness: {
      nodes: readList(reader, "nodes", LIMITS.nodes, 1, () => reader.prefixed("node", LIMITS.nodeBytes)),
      codes: readList(reader, "codes", LIMITS.codes, 1, () => reader.prefixed("code", LIMITS.codeBytes)),
    },
  };
  reader.end("proof input");
  return input;
}

function writeList<T>(writer: ByteWriter, items: readonly T[], write: (item: T) => void): void {
  writer.varint(items.length);
  for (const item of items) write(item);
}

/** `least`: bytes of the smallest item, so that a count beyond the data is refused before anything is made of it. */
function readList<T>(reader: ByteReader, what: string, limit: number, least: number, read: () => T): T[] {
  const count = reader.varint(what, limit);
  if (count * least > reader.remaining) throw new DecodeError(`${what}: more than there is data for`);
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(read());
  return items;
}

function writeCommitment(writer: ByteWriter, { header, dataHash, rollingHash }: BatchCommitment): void {
  writer.varint(header.number);
  writer.bytes(header.previousHash);
  writer.varint(header.firstBlock);
  writer.varint(header.lastBlock);
  writer.bytes(header.postStateRoot);
  writer.bytes(header.lastBlockHash);
  writer.bytes(header.outputRoot);
  writer.varint(header.l1OriginNumber);
  writer.bytes(header.l1OriginHash);
  writer.varint(header.messagesConsumed);
  writer.bytes(dataHash);
  writer.bytes(rollingHash);
}

function readCommitment(reader: ByteReader): BatchCommitment {
  const header: SettlementHeader = {
    number: reader.varint("batch number"),
    previousHash: reader.bytes(32, "previousHash"),
    firstBlock: reader.varint("firstBlock"),
    lastBlock: reader.varint("lastBlock"),
    postStateRoot: reader.bytes(32, "postStateRoot"),
    lastBlockHash: reader.bytes(32, "lastBlockHash"),
    outputRoot: reader.bytes(32, "outputRoot"),
    l1OriginNumber: reader.varint("l1OriginNumber"),
    l1OriginHash: reader.bytes(32, "l1OriginHash"),
    messagesConsumed: reader.varint("messagesConsumed"),
  };
  return { header, dataHash: reader.bytes(32, "dataHash"), rollingHash: reader.bytes(32, "rollingHash") };
}

function readBlobs(reader: ByteReader): Uint8Array[] | undefined {
  const flag = reader.byte("blobs");
  if (flag > 1) throw new DecodeError(`blobs: ${flag}`);
  if (flag === 0) return undefined;
  return readList(reader, "blobs", LIMITS.blobs, 32, () => reader.bytes(32, "versioned hash"));
}

function writeMessage(writer: ByteWriter, message: BatchMessage): void {
  writer.byte(KINDS.indexOf(message.kind));
  writer.varint(message.block);
  if (message.kind !== "attributes") writer.varint(message.l1Block);
  if (message.kind === "forced") writer.bytes(message.from);
  writer.prefixed(message.raw);
}

function readMessage(reader: ByteReader): BatchMessage {
  const kind = KINDS[reader.byte("message kind")];
  if (kind === undefined) throw new DecodeError("message kind: unknown");
  const block = reader.varint("message block");
  const l1Block = kind === "attributes" ? 0 : reader.varint("message l1Block");
  const from = kind === "forced" ? reader.bytes(20, "message from") : EMPTY_BYTES;
  const raw = reader.prefixed("message", LIMITS.messageBytes);
  if (kind === "attributes") return { kind, block, raw };
  return kind === "deposit" ? { kind, block, l1Block, raw } : { kind, block, l1Block, from, raw };
}

function writeClaim(writer: ByteWriter, claim: BlockClaim): void {
  writer.bytes(claim.hash);
  writer.bytes(claim.stateRoot);
  writer.bytes(claim.receiptsRoot);
  writeList(writer, claim.transactions, ({ status, gasUsed, receiptHash }) => {
    writer.byte(status);
    writer.varint(gasUsed);
    writer.bytes(receiptHash);
  });
}

function readClaim(reader: ByteReader): BlockClaim {
  return {
    hash: reader.bytes(32, "block hash"),
    stateRoot: reader.bytes(32, "stateRoot"),
    receiptsRoot: reader.bytes(32, "receiptsRoot"),
    transactions: readList(reader, "claims", LIMITS.transactions, 34, () => {
      const status = reader.byte("status");
      if (status !== 0 && status !== 1) throw new DecodeError(`status: ${status}`);
      return {
        status,
        gasUsed: reader.varint("gasUsed"),
        receiptHash: reader.bytes(32, "receiptHash"),
      };
    }),
  };
}
