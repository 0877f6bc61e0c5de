import type { Hex } from "../../../protocol/index.ts";
import { HOLDERS, KINDS, PARTNERS } from "./benchContracts.ts";
import type { ChainData } from "./chainData.ts";
import type { LoadShape, RpcCase } from "./types.ts";

const ONE: LoadShape = { connections: 1, batch: 1 };
const MANY: LoadShape = { connections: 32, batch: 1 };
const BATCHES: LoadShape = { connections: 1, batch: 10 };
const MANY_BATCHES: LoadShape = { connections: 32, batch: 10 };
const ALL = [ONE, MANY, BATCHES, MANY_BATCHES];
/** Where one answer may take half a second, on either node. */
const FEW = [ONE, { connections: 8, batch: 1 }];

const BALANCE_OF = "70a08231";

export function rpcCases(data: ChainData): RpcCase[] {
  const { token, emitter, holders, transfers, tokenTransfers } = data;
  const transferBlock = quantity(data.transferBlock);
  const [fromBlock, toBlock] = [quantity(data.firstLogBlock), quantity(data.lastLogBlock)];
  const all = { address: emitter, fromBlock, toBlock };
  const blocks = range(Math.min(200, data.lastLogBlock - data.firstLogBlock + 1));
  const one = (name: string, method: string, params: unknown[], compare = same, shapes = ALL): RpcCase => {
    return { name, requests: [{ method, params }], shapes, compare };
  };
  const logs = (name: string, filters: object[], shapes = FEW): RpcCase => {
    const requests = filters.map((filter) => ({ method: "eth_getLogs", params: [filter] }));
    return { name, requests, shapes, compare: logsAlike };
  };
  const receipts = (name: string, hashes: Hex[]): RpcCase => {
    const requests = hashes.map((hash) => ({ method: "eth_getTransactionReceipt", params: [hash] }));
    return { name, requests, shapes: ALL, compare: receiptAlike };
  };
  return [
    one("eth_blockNumber", "eth_blockNumber", []),
    one("eth_getBlockByNumber, 1,000 hashes", "eth_getBlockByNumber", [transferBlock, false], blockAlike),
    one("eth_getBlockByNumber, 1,000 whole", "eth_getBlockByNumber", [transferBlock, true], blockAlike, FEW),
    receipts("eth_getTransactionReceipt, of that block", transfers),
    receipts("eth_getTransactionReceipt, ERC-20", tokenTransfers),
    {
      name: "eth_getBalance",
      requests: holders.map((holder) => ({ method: "eth_getBalance", params: [holder, "latest"] })),
      shapes: ALL,
      compare: same,
    },
    {
      name: "eth_call, ERC-20 balance",
      requests: holders.map((holder) => ({
        method: "eth_call",
        params: [{ to: token, data: `0x${BALANCE_OF}${holder.slice(2).padStart(64, "0")}` }, "latest"],
      })),
      shapes: ALL,
      compare: same,
    },
    logs(
      "eth_getLogs, all, address and topic 2",
      range(200).map((index) => ({ ...all, topics: [null, null, word(1 + ((index * 37) % PARTNERS))] })),
    ),
    logs(
      "eth_getLogs, all, address, topics 0 and 1",
      range(200).map((index) => ({
        ...all,
        topics: [word(1 + (index % KINDS)), word(1 + ((index * 31) % HOLDERS))],
      })),
    ),
    logs(
      "eth_getLogs, one block of 1,000",
      blocks.map((index) => {
        const number = quantity(data.lastLogBlock - index);
        return { address: emitter, fromBlock: number, toBlock: number };
      }),
    ),
  ];
}

const quantity = (value: number): Hex => `0x${value.toString(16)}`;
const word = (value: number): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

const same = (result: unknown) => result;

/** What depends on the chain's clock and fees, and on a node's taste, is left out. */
function picked(value: unknown, names: string[]): Record<string, unknown> {
  const fields = Object.entries(typeof value === "object" && value !== null ? value : {});
  return Object.fromEntries(
    fields.filter(([name]) => names.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const LOG = ["address", "topics", "data", "blockNumber", "transactionHash", "transactionIndex", "logIndex"];
const RECEIPT = ["transactionHash", "transactionIndex", "blockNumber", "from", "to", "gasUsed", "status"];
const TRANSACTION = ["hash", "from", "to", "value", "nonce", "input", "r", "s", "blockNumber"];

const logsAlike = (result: unknown) => list(result).map((log) => picked(log, LOG));

function receiptAlike(result: unknown) {
  const { logs } = picked(result, ["logs"]);
  return { ...picked(result, RECEIPT), logs: logsAlike(logs) };
}

/** The order of independent transactions within a block is each node's own. */
function blockAlike(result: unknown) {
  const { transactions } = picked(result, ["transactions"]);
  const shown = list(transactions).map((one) => (typeof one === "string" ? one : picked(one, TRANSACTION)));
  return {
    ...picked(result, ["number", "gasUsed"]),
    transactions: shown.map((one) => JSON.stringify(one)).sort(),
  };
}
