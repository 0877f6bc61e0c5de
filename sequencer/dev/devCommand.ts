import { z } from "zod";
import { bytesToHex, hexToBytes } from "../../protocol/index.ts";

/** Redis list of what RPC processes ask of the sequencer, and the prefix of the channels that it answers on. */
export const DEV_REQUESTS = "braid:dev:requests";
export const DEV_REPLIES = "braid:dev:replies:";
/** More requests than that are not waited for. */
export const MAX_DEV_REQUESTS = 1000;

/** On the wire everything is JSON: bytes are hex, amounts decimal text. */
const bytes = z.codec(
  z.string().regex(/^0x([0-9a-f]{2})*$/),
  z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  {
    decode: (text) => hexToBytes(text),
    encode: (value) => bytesToHex(value),
  },
);
const amount = z.codec(z.string().regex(/^\d+$/), z.bigint(), {
  decode: (text) => BigInt(text),
  encode: (value) => value.toString(),
});
const seconds = z.int().min(0);

const amendment = z.object({
  address: bytes,
  balance: z.exactOptional(amount),
  nonce: z.exactOptional(amount),
  code: z.exactOptional(bytes),
  storage: z.exactOptional(z.array(z.object({ slot: bytes, value: bytes }))),
  /** Added to the balance that the account has when the command runs. */
  addBalance: z.exactOptional(amount),
});

const mode = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("auto") }),
  z.object({ kind: z.literal("interval"), seconds: z.int().min(1) }),
  z.object({ kind: z.literal("manual") }),
]);

export const devCommand = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("snapshot") }),
  z.object({ kind: z.literal("revert"), id: z.int() }),
  z.object({ kind: z.literal("rollback"), depth: z.int().min(0) }),
  z.object({ kind: z.literal("reset") }),
  z.object({
    kind: z.literal("mine"),
    blocks: z.int().min(0),
    interval: z.exactOptional(seconds),
    timestamp: z.exactOptional(seconds),
  }),
  /** A transaction was added to the pool: with automine it is in a block when this is answered. */
  z.object({ kind: z.literal("submitted") }),
  z.object({ kind: z.literal("amend"), amendment }),
  z.object({ kind: z.literal("increaseTime"), seconds: z.int() }),
  z.object({ kind: z.literal("setTime"), timestamp: seconds }),
  z.object({ kind: z.literal("setNextTimestamp"), timestamp: seconds }),
  z.object({ kind: z.literal("setTimestampInterval"), seconds: z.exactOptional(seconds) }),
  z.object({ kind: z.literal("setMode"), mode }),
  z.object({
    kind: z.literal("override"),
    baseFeePerGas: z.exactOptional(amount),
    prevRandao: z.exactOptional(bytes),
    gasLimit: z.exactOptional(amount),
    coinbase: z.exactOptional(bytes),
  }),
  z.object({ kind: z.literal("drop"), hash: bytes }),
  z.object({ kind: z.literal("dropAll"), sender: z.exactOptional(bytes) }),
  z.object({ kind: z.literal("status") }),
]);

/** What a development method asks of the sequencer. */
export type DevCommand = z.output<typeof devCommand>;
export type DevAmendment = z.output<typeof amendment>;

export const devRequest = z.object({
  id: z.int(),
  /** Of the process that asks: where the answer goes. */
  from: z.string(),
  /** Milliseconds since the epoch: nobody waits for the answer any more. */
  deadline: z.number(),
  command: devCommand,
});

export const devReply = z.object({
  id: z.int(),
  /** Not there with an error. */
  result: z.unknown().optional(),
  error: z.exactOptional(z.string()),
  /** The chain as it is after the command. */
  head: z.object({ number: z.int(), safe: z.int(), finalized: z.int() }),
});

export type DevRequest = z.output<typeof devRequest>;
export type DevReply = z.output<typeof devReply>;

/** What `status` answers. */
export const devStatus = z.object({
  automine: z.boolean(),
  intervalMining: z.number().nullable(),
  gasLimit: z.string(),
});
