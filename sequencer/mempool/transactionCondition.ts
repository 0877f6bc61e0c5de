import { z } from "zod";
import { bytesToHex, DecodeError, hexToBytes } from "../../protocol/index.ts";

/** What must hold where the transaction is included (`eth_sendRawTransactionConditional`). Bounds are inclusive. */
export interface TransactionCondition {
  knownAccounts: KnownAccount[];
  blockNumberMin?: bigint;
  blockNumberMax?: bigint;
  /** Seconds. */
  timestampMin?: bigint;
  timestampMax?: bigint;
}

/** Exactly one of both is set. */
export interface KnownAccount {
  /** 20 bytes. */
  address: Uint8Array;
  /** 32 bytes. */
  storageRoot?: Uint8Array;
  /** 32 bytes each. */
  slots?: { slot: Uint8Array; value: Uint8Array }[];
}

const BOUNDS = ["blockNumberMin", "blockNumberMax", "timestampMin", "timestampMax"] as const;
/** First byte of a tail with a condition: no signed envelope begins with it. Then its length, and it as JSON. */
const MARK = 0;
const PREFIX_BYTES = 5;

const hex = z
  .string()
  .regex(/^0x[0-9a-f]*$/)
  .transform(hexToBytes);
const bound = z.string().regex(/^\d+$/).transform(BigInt).optional();
const stored = z.object({
  knownAccounts: z.array(
    z.object({
      address: hex,
      storageRoot: hex.optional(),
      slots: z.array(z.object({ slot: hex, value: hex })).optional(),
    }),
  ),
  blockNumberMin: bound,
  blockNumberMax: bound,
  timestampMin: bound,
  timestampMax: bound,
});

/** The tail of a pool entry: the condition and the signed envelope. */
export function encodeCondition(condition: TransactionCondition, raw: Uint8Array): Uint8Array {
  const text = Buffer.from(
    JSON.stringify({
      ...Object.fromEntries(BOUNDS.map((name) => [name, condition[name]?.toString()])),
      knownAccounts: condition.knownAccounts.map(({ address, storageRoot, slots }) => ({
        address: bytesToHex(address),
        storageRoot: storageRoot === undefined ? undefined : bytesToHex(storageRoot),
        slots: slots?.map(({ slot, value }) => ({ slot: bytesToHex(slot), value: bytesToHex(value) })),
      })),
    }),
  );
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt8(MARK, 0);
  prefix.writeUInt32BE(text.length, 1);
  return Buffer.concat([prefix, text, raw]);
}

/** Takes apart what {@link encodeCondition} made; a tail without the mark is an envelope alone. */
export function splitCondition(tail: Buffer): {
  condition: TransactionCondition | undefined;
  raw: Uint8Array;
} {
  if (tail[0] !== MARK) return { condition: undefined, raw: new Uint8Array(tail) };
  if (tail.length < PREFIX_BYTES) throw new DecodeError("a pool entry ends within its condition");
  const end = PREFIX_BYTES + tail.readUInt32BE(1);
  return {
    condition: decode(tail.toString("utf8", PREFIX_BYTES, end)),
    raw: new Uint8Array(tail.subarray(end)),
  };
}

function decode(text: string): TransactionCondition {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new DecodeError("the condition of a pool entry is not JSON");
  }
  const parsed = stored.safeParse(json);
  if (!parsed.success) throw new DecodeError("the condition of a pool entry lacks fields");
  const { knownAccounts, ...bounds } = parsed.data;
  const condition: TransactionCondition = {
    knownAccounts: knownAccounts.map(({ address, storageRoot, slots }) => ({
      address,
      ...(storageRoot === undefined ? {} : { storageRoot }),
      ...(slots === undefined ? {} : { slots }),
    })),
  };
  for (const name of BOUNDS) {
    const value = bounds[name];
    if (value !== undefined) condition[name] = value;
  }
  return condition;
}
