import type { Redis } from "ioredis";
import { bytesToHex, decodeTransaction, effectiveTip, hexToBytes, type Transaction } from "../../protocol/index.ts";
import { MempoolError } from "./mempoolError.ts";
import { POOL_KEY, poolCommands } from "./poolCommands.ts";
import type { Mempool, MempoolLimits, SenderState } from "./types.ts";

/** What recovery needs beside the RPC's face. */
export interface MempoolMaintenance {
  /** Hashes of all transactions in the pool, 32 bytes each. */
  all(): Promise<Uint8Array[]>;
  /** Removes these transactions; unknown ones are ignored. */
  drop(hashes: Uint8Array[]): Promise<void>;
}

export interface MempoolOptions extends MempoolLimits {
  /** Eviction compares the tips at this base fee, in wei. Default 0. */
  baseFeeFloor?: bigint;
}

interface Waiting {
  transaction: Transaction;
  sender: SenderState;
  resolve(): void;
  reject(error: unknown): void;
}

const MAX_BATCH = 256;
const MAX_BATCH_BYTES = 1 << 20;

/**
 * The pool in Redis. Adds that arrive in the same turn of the event loop travel in one command, which judges each
 * transaction by itself; every caller gets its own answer, after Redis holds the transaction.
 */
export function createMempool(redis: Redis, options: MempoolOptions): Mempool & MempoolMaintenance {
  const commands = poolCommands(redis);
  const floor = options.baseFeeFloor ?? 0n;
  let waiting: Waiting[] = [];

  const send = async (batch: Waiting[]) => {
    try {
      const { total, perSender, queuedPerSender, timeToLiveMs } = options;
      const args: (string | number | Buffer)[] = [Date.now() + timeToLiveMs, total, perSender, queuedPerSender];
      for (const { transaction, sender } of batch) pushArguments(args, transaction, sender, floor);
      const answers = await commands.add(args);
      if (!Array.isArray(answers)) throw new MempoolError("UNAVAILABLE", "unexpected answer of Redis");
      batch.forEach((one, i) => {
        if (answers[i] === "ok") one.resolve();
        else one.reject(refusal(String(answers[i]), one.transaction));
      });
    } catch (cause) {
      const error = new MempoolError("UNAVAILABLE", "transaction pool is unavailable", cause);
      for (const one of batch) one.reject(error);
    }
  };
  const flush = () => {
    const all = waiting;
    waiting = [];
    let batch: Waiting[] = [];
    let bytes = 0;
    for (const one of all) {
      batch.push(one);
      bytes += one.transaction.raw.length;
      if (batch.length < MAX_BATCH && bytes < MAX_BATCH_BYTES) continue;
      void send(batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) void send(batch);
  };

  return {
    add: (transaction, sender) =>
      new Promise<void>((resolve, reject) => {
        // Nonces are scores of sorted sets: exact up to 2^53.
        if (transaction.nonce >= BigInt(Number.MAX_SAFE_INTEGER)) {
          reject(new MempoolError("NONCE_TOO_HIGH", "nonce too high"));
          return;
        }
        if (waiting.push({ transaction, sender, resolve, reject }) === 1) setImmediate(flush);
      }),
    async get(hash) {
      const [raw, sender] = await redis.hmgetBuffer(txKey(hash), "raw", "sender");
      if (!raw || !sender) return undefined;
      return decodeTransaction(raw, { sender: hexToBytes(sender.toString()) });
    },
    async nextNonce(sender, stateNonce) {
      return BigInt(String(await commands.nextNonce([key(sender), stateNonce.toString()])));
    },
    async status() {
      const [[, total], [, pendingText]] = await both(redis);
      const pending = Number(pendingText ?? 0);
      return { pending, queued: Number(total) - pending };
    },
    async all() {
      return (await redis.zrange(`${POOL_KEY}:price`, 0, -1)).map(hexToBytes);
    },
    async drop(hashes) {
      for (let i = 0; i < hashes.length; i += 1000) {
        await commands.settle([0, ...hashes.slice(i, i + 1000).map(key)]);
      }
    },
  };
}

type Reply = [Error | null, unknown];

/** Size and executable part at one moment. */
async function both(redis: Redis): Promise<[Reply, Reply]> {
  const replies = await redis.multi().zcard(`${POOL_KEY}:price`).hget(`${POOL_KEY}:meta`, "pending").exec();
  const [size, pending] = replies ?? [];
  if (size === undefined || pending === undefined || size[0] || pending[0]) {
    throw new MempoolError("UNAVAILABLE", "transaction pool is unavailable", size?.[0] ?? pending?.[0]);
  }
  return [size, pending];
}

/** Keys hold plain hex, without `0x`. */
function key(bytes: Uint8Array): string {
  return bytesToHex(bytes).slice(2);
}

function txKey(hash: Uint8Array): string {
  return `${POOL_KEY}:tx:${key(hash)}`;
}

/** Order: hash, sender, nonce, state nonce, caps, least caps of a replacement, raw, price. */
function pushArguments(
  args: (string | number | Buffer)[],
  transaction: Transaction,
  sender: SenderState,
  floor: bigint,
): void {
  const { hash, raw, nonce, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  args.push(
    key(hash),
    key(transaction.sender),
    nonce.toString(),
    sender.nonce.toString(),
    ordered(maxFeePerGas),
    ordered(maxPriorityFeePerGas),
    ordered(withBump(maxFeePerGas)),
    ordered(withBump(maxPriorityFeePerGas)),
    Buffer.from(raw.buffer, raw.byteOffset, raw.length),
    Number(effectiveTip(transaction, floor)),
  );
}

/** The least cap that replaces this one: +10 %, rounded up; always more, as in geth. */
function withBump(cap: bigint): bigint {
  const bumped = (cap * 110n + 99n) / 100n;
  return bumped > cap ? bumped : cap + 1n;
}

/** Lua compares these as strings in the order of the numbers: the number of digits stands first. */
function ordered(value: bigint): string {
  const digits = value.toString();
  return `${digits.length < 10 ? "0" : ""}${digits.length}:${digits}`;
}

function refusal(answer: string, transaction: Transaction): MempoolError {
  const [name, detail] = answer.split(" ");
  switch (name) {
    case "known":
      return new MempoolError("ALREADY_KNOWN", "already known");
    case "low":
      return new MempoolError(
        "NONCE_TOO_LOW",
        `nonce too low: next nonce ${detail}, tx nonce ${transaction.nonce}`,
      );
    case "underpriced":
      return new MempoolError("REPLACEMENT_UNDERPRICED", "replacement transaction underpriced");
    case "account":
      return new MempoolError("ACCOUNT_LIMIT", "account limit exceeded");
    case "full":
      return new MempoolError("FULL", "txpool is full");
    default:
      return new MempoolError("UNAVAILABLE", `unexpected answer of the pool: ${answer}`);
  }
}
