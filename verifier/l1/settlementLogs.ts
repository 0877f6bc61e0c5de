/** Events of the rollup and of its portal, as L1's logs have them. */
import { decodeEventLog, type Hex, numberToHex, toEventSelector } from "viem";
import { z } from "zod";
import { optimismPortalAbi, rollupAbi } from "../../contracts/index.ts";
import { bytesEqual, DecodeError, hexToBytes } from "../../protocol/index.ts";
import { L1RefusedError, type L1Rpc } from "./l1Rpc.ts";
import type { BatchEvent, RevertEvent } from "./l1Types.ts";

const WANTED = new Set([
  "BatchCommitted",
  "BatchesReverted",
  "TransactionDeposited",
  "TransactionForced",
  "MessageEnqueued",
]);
const abi = [...rollupAbi, ...optimismPortalAbi];
const TOPICS = abi.flatMap((item) =>
  item.type === "event" && WANTED.has(item.name) ? [toEventSelector(item)] : [],
);

const decode = (log: { topics: [Hex, ...Hex[]]; data: Hex }) => {
  const { topics, data } = log;
  return decodeEventLog({ abi, topics, data, strict: true });
};

export interface SettlementLog {
  address: Uint8Array;
  l1Block: number;
  /** 32 bytes. */
  blockHash: Uint8Array;
  transactionHash: Uint8Array;
  logIndex: number;
  event: ReturnType<typeof decode>;
}

const hex = z.templateLiteral(["0x", z.string().regex(/^([0-9a-fA-F]{2})*$/)]);
const word = z.templateLiteral(["0x", z.string().regex(/^[0-9a-fA-F]{64}$/)]);
const count = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,12}$/)
  .transform(Number);
const logsSchema = z.array(
  z.object({
    address: hex,
    topics: z.tuple([word], word),
    data: hex,
    blockNumber: count,
    blockHash: word,
    transactionHash: word,
    logIndex: count,
  }),
);

/** In L1 order; undefined when the node finds the range too large. */
export async function readLogs(
  rpc: L1Rpc,
  addresses: readonly Hex[],
  from: number,
  to: number,
): Promise<SettlementLog[] | undefined> {
  let answer: unknown;
  try {
    const filter = {
      address: addresses,
      topics: [TOPICS],
      fromBlock: numberToHex(from),
      toBlock: numberToHex(to),
    };
    answer = await rpc.request("eth_getLogs", [filter]);
  } catch (error) {
    // Providers differ in code and words for a range that is too wide or holds too much.
    if (error instanceof L1RefusedError && to > from) return undefined;
    throw error;
  }
  const parsed = logsSchema.safeParse(answer);
  if (!parsed.success) throw new L1RefusedError("eth_getLogs", "its answer is no list of logs");
  const logs = parsed.data.map((log) => ({
    address: hexToBytes(log.address),
    l1Block: log.blockNumber,
    blockHash: hexToBytes(log.blockHash),
    transactionHash: hexToBytes(log.transactionHash),
    logIndex: log.logIndex,
    event: decodedEvent(log),
  }));
  return logs.sort((a, b) => a.l1Block - b.l1Block || a.logIndex - b.logIndex);
}

function decodedEvent(log: { topics: [Hex, ...Hex[]]; data: Hex }): SettlementLog["event"] {
  try {
    return decode(log);
  } catch (error) {
    throw new DecodeError("an event of the rollup does not decode", error);
  }
}

/** What happened to the chain of batches. */
export function batchEventsOf(
  logs: readonly SettlementLog[],
  rollup: Uint8Array,
): { batches: BatchEvent[]; reverts: RevertEvent[] } {
  const batches: BatchEvent[] = [];
  const reverts: RevertEvent[] = [];
  for (const log of logs) {
    if (!bytesEqual(log.address, rollup)) continue;
    const { event, l1Block, logIndex } = log;
    if (event.eventName === "BatchesReverted") {
      reverts.push({ from: Number(event.args.from), l1Block, logIndex });
    }
    if (event.eventName === "BatchCommitted") batches.push(batchOf(log, event.args));
  }
  return { batches, reverts };
}

type CommittedArgs = Extract<SettlementLog["event"], { eventName: "BatchCommitted" }>["args"];

function batchOf(log: SettlementLog, { header, ...args }: CommittedArgs): BatchEvent {
  return {
    header: {
      number: Number(header.number),
      previousHash: hexToBytes(header.previousHash),
      firstBlock: Number(header.firstBlock),
      lastBlock: Number(header.lastBlock),
      postStateRoot: hexToBytes(header.postStateRoot),
      lastBlockHash: hexToBytes(header.lastBlockHash),
      outputRoot: hexToBytes(header.outputRoot),
      l1OriginNumber: Number(header.l1OriginNumber),
      l1OriginHash: hexToBytes(header.l1OriginHash),
      messagesConsumed: Number(header.messagesConsumed),
    },
    hash: hexToBytes(args.batchHash),
    dataHash: hexToBytes(args.dataHash),
    rollingHash: hexToBytes(args.rollingHash),
    blobCount: Number(args.blobCount),
    transactionHash: log.transactionHash,
    l1Block: { number: log.l1Block, hash: log.blockHash },
    logIndex: log.logIndex,
  };
}
