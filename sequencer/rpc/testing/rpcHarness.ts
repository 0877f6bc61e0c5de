import { pino } from "pino";
import { Registry } from "prom-client";
import { type BlockExecutionReport, braidRules, type StateSnapshot } from "../../../executor/index.ts";
import {
  type Block,
  BraidError,
  bytesToHex,
  decodeTransaction,
  hexToBytes,
  keccak256,
  type Log,
  type Receipt,
  type Transaction,
} from "../../../protocol/index.ts";
import { searchAccount } from "../../chain-store/index.ts";
import type { ChainStore } from "../../chain-store/types.ts";
import { divideByGap } from "../../mempool/index.ts";
import { createBlockCache } from "../blocks/blockCache.ts";
import type { RpcDependencies } from "../context.ts";
import { createHeadTracker } from "../heads/headTracker.ts";
import type { RpcMethod } from "../json-rpc/method.ts";
import { DEFAULT_RPC_LIMITS, type RpcLimits } from "../limits.ts";
import { createRpcServer, type RpcServer, type RpcServerOptions } from "../server.ts";

/** What a part that a test did not provide answers. */
class NotInThisTestError extends BraidError {
  constructor(what: string) {
    super("TEST_NOT_PROVIDED", `${what} is not part of this test`);
  }
}

const absent = (what: string) => () => Promise.reject(new NotInThisTestError(what));

/** A chain in memory; a test fills it. */
export interface ArrayChain extends ChainStore {
  blocks: Block[];
  /** By block number. A block without one is from before reports were kept. */
  executions: Map<number, { report: BlockExecutionReport; accessList: Uint8Array }>;
}

/** Blocks in an array: enough chain for what the RPC does above the store, which has tests of its own. */
export function createArrayChain(): ArrayChain {
  const blocks: Block[] = [];
  const executions: ArrayChain["executions"] = new Map();
  const place = (hash: Uint8Array) => {
    for (const block of blocks) {
      const index = block.transactions.findIndex((one) => bytesToHex(one.hash) === bytesToHex(hash));
      const transaction = block.transactions[index];
      const receipt = block.receipts[index];
      if (transaction === undefined || receipt === undefined) continue;
      const { number, timestamp, baseFeePerGas } = block.header;
      const firstLogIndex = block.receipts.slice(0, index).reduce((sum, one) => sum + one.logs.length, 0);
      const mined = { transaction, blockNumber: number, blockHash: block.hash, index };
      return { ...mined, baseFeePerGas, blockTimestamp: timestamp, receipt, firstLogIndex };
    }
    return undefined;
  };
  return {
    blocks,
    executions,
    blockExecution: async (number) => executions.get(number)?.report,
    blockAccessList: async (number) => executions.get(number)?.accessList,
    contendedLocations: async ({ fromBlock, toBlock }) =>
      [...executions]
        .filter(
          ([number, { report }]) => number >= fromBlock && number <= toBlock && report.contended.length > 0,
        )
        .map(([blockNumber, { report }]) => ({ blockNumber, contended: report.contended })),
    appendBlock: absent("appending"),
    recordRejections: absent("rejections"),
    head: async () => {
      const last = blocks.at(-1);
      return last === undefined ? undefined : { number: last.header.number, hash: last.hash };
    },
    blockByNumber: async (number) => blocks[number],
    blockByHash: async (hash) => blocks.find((block) => bytesToHex(block.hash) === bytesToHex(hash)),
    headerByNumber: async (number) => blocks[number],
    transactionByHash: async (hash) => place(hash),
    receiptByHash: async (hash) => place(hash),
    minedAmong: absent("minedAmong"),
    accountTransactions: async (query) =>
      searchAccount(blocks, query, (number) => executions.get(number)?.report.transactions),
    logs: absent("log queries in PostgreSQL"),
    rejection: async () => undefined,
    diffsAfter: () => {
      throw new NotInThisTestError("diffs");
    },
    l1Position: async () => undefined,
    rollingHash: absent("L1 messages"),
    l1Messages: async () => [],
    lastBatch: async () => undefined,
    batchByNumber: async () => undefined,
    batchOfBlock: async () => undefined,
    batchData: async () => undefined,
    batchesIn: async () => [],
    countUnposted: async () => 0,
    appendBatch: absent("batches"),
    dropSealedBatches: absent("batches"),
    setBatchPosting: absent("batches"),
    markBatchCommitted: absent("batches"),
    markBatchProven: absent("batches"),
    markBatchFinalized: absent("batches"),
    markBatchesSealed: absent("batches"),
    markBatchesUnproven: absent("batches"),
    markBatchesUnfinalized: absent("batches"),
    addBatchProof: absent("batches"),
    batchProofs: async () => [],
    addBatchRefusal: absent("batches"),
    firstRefusal: async () => undefined,
    safeBlock: async () => 0,
    finalizedBlock: async () => 0,
  };
}

export interface BlockContent {
  transactions?: Transaction[];
  /** Logs of each transaction. */
  logs?: Log[][];
}

/** The next block of a test's chain, all fields well formed. */
export function makeBlock(parent: Block | undefined, content: BlockContent = {}): Block {
  const number = parent === undefined ? 0 : parent.header.number + 1;
  const transactions = content.transactions ?? [];
  const baseFeePerGas = 1_000_000_000n;
  const receipts = transactions.map(
    (transaction, index): Receipt => ({
      type: transaction.type,
      status: 1,
      gasUsed: 21_000n,
      cumulativeGasUsed: 21_000n * BigInt(index + 1),
      effectiveGasPrice: baseFeePerGas,
      logsBloom: new Uint8Array(256),
      logs: content.logs?.[index] ?? [],
      contractAddress: undefined,
    }),
  );
  const word = (fill: number) => new Uint8Array(32).fill(fill);
  return {
    header: {
      parentHash: parent?.hash ?? word(0),
      coinbase: new Uint8Array(20).fill(0x11),
      stateRoot: word(1),
      transactionsRoot: word(2),
      receiptsRoot: word(3),
      logsBloom: new Uint8Array(256),
      number,
      gasLimit: 120_000_000n,
      gasUsed: 21_000n * BigInt(transactions.length),
      timestamp: 1_700_000_000 + number,
      extraData: new Uint8Array([1]),
      prevRandao: word(4),
      baseFeePerGas,
      parentBeaconBlockRoot: word(0),
    },
    hash: keccak256(new TextEncoder().encode(`block ${number}`)),
    size: 600,
    transactions,
    receipts,
  };
}

function emptyState(): StateSnapshot {
  return {
    head: { number: 0, hash: new Uint8Array(32), stateRoot: new Uint8Array(32) },
    account: () => undefined,
    storage: () => new Uint8Array(0),
    code: () => new Uint8Array(0),
    close: () => undefined,
  };
}

export interface Harness {
  server: RpcServer;
  url: string;
  pool: Map<string, Transaction>;
  chain: ArrayChain;
  /** Seals a block of these and announces it. */
  mine(content?: BlockContent): Promise<Block>;
  /** Posts a body as it is. */
  post(body: string, headers?: Record<string, string>): Promise<Response>;
  /** One call; its whole answer. */
  call(
    method: string,
    ...params: unknown[]
  ): Promise<{ result?: unknown; error?: { code: number; message: string; data?: unknown } }>;
  stop(): Promise<void>;
}

export interface HarnessOptions {
  methods?: ReadonlyMap<string, RpcMethod>;
  limits?: Partial<RpcLimits>;
  dependencies?: Partial<RpcDependencies>;
  blocks?: number;
  /** Any free one when left out. */
  port?: number;
  /** More options of the server. */
  server?: Partial<RpcServerOptions>;
}

/** A real server on a free port over a chain in memory and a pool that is a map. */
export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const limits = { ...DEFAULT_RPC_LIMITS, ...options.limits };
  const logger = pino({ level: "silent" });
  const chain = createArrayChain();
  for (let made = 0; made < (options.blocks ?? 1); made++) chain.blocks.push(makeBlock(chain.blocks.at(-1)));
  const blocks = createBlockCache(chain, limits.blockCacheBytes);
  const heads = createHeadTracker({ chain, blocks, logger });
  const pool = new Map<string, Transaction>();
  const listeners = new Set<(transaction: Transaction) => void>();
  const dependencies: RpcDependencies = {
    config: {
      chainId: 7357,
      gasLimit: 120_000_000n,
      baseFeeFloor: 1n,
      baseFeeElasticity: 2n,
      baseFeeChangeDenominator: 8n,
      feeRecipient: new Uint8Array(20).fill(0x11),
    },
    clientVersion: "Braid/test",
    chain,
    mempool: {
      add: absent("the pool"),
      get: async (hash) => pool.get(bytesToHex(hash)),
      receivedAt: async (hash) => (pool.has(bytesToHex(hash)) ? 0 : undefined),
      ofSender: async (sender, stateNonce) => {
        const own = [...pool.values()].filter((one) => bytesToHex(one.sender) === bytesToHex(sender));
        own.sort((a, b) => Number(a.nonce - b.nonce));
        return divideByGap(sender, own, stateNonce);
      },
      nextNonce: async (sender, nonce) =>
        nonce +
        BigInt([...pool.values()].filter((one) => bytesToHex(one.sender) === bytesToHex(sender)).length),
      status: async () => ({ pending: pool.size, queued: 0 }),
    },
    admission: {
      admit: async (raw) => {
        const transaction = decodeTransaction(raw);
        pool.set(bytesToHex(transaction.hash), transaction);
        for (const listener of listeners) listener(transaction);
        return transaction.hash;
      },
    },
    state: {
      latest: () => ({ ...emptyState(), head: { ...emptyState().head, number: chain.blocks.length - 1 } }),
      at: async () => emptyState(),
      trieNode: () => undefined,
    },
    readers: { run: absent("reads on a state"), close: async () => undefined },
    rulesAt: () => braidRules(7357),
    callGas: 50_000_000n,
    heads,
    blocks,
    pending: {
      onTransaction: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    minimumTip: 1_000_000n,
    limits,
    metrics: new Registry(),
    logger,
    ...options.dependencies,
  };
  await heads.start();
  const server = createRpcServer(
    {
      host: "127.0.0.1",
      port: options.port ?? 0,
      ...(options.methods === undefined ? {} : { methods: options.methods }),
      ...options.server,
    },
    dependencies,
  );
  await server.start();
  return finishHarness({ server, chain, pool, heads });
}

function finishHarness(
  parts: Pick<Harness, "server" | "chain" | "pool"> & { heads: RpcDependencies["heads"] },
): Harness {
  const { server, chain, pool, heads } = parts;
  const post = (body: string, headers: Record<string, string> = { "content-type": "application/json" }) =>
    fetch(server.url, { method: "POST", body, headers });
  return {
    server,
    chain,
    pool,
    url: server.url,
    post,
    async mine(content = {}) {
      const block = makeBlock(chain.blocks.at(-1), content);
      chain.blocks.push(block);
      for (const transaction of block.transactions) pool.delete(bytesToHex(transaction.hash));
      await heads.announce({ number: block.header.number, safe: 0, finalized: 0 }, block);
      return block;
    },
    async call(method, ...params) {
      const response = await post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
      return (await response.json()) as Awaited<ReturnType<Harness["call"]>>;
    },
    async stop() {
      await server.stop();
      await heads.stop();
    },
  };
}

/** A signed transfer from the first account of the standard test mnemonic. */
export async function signedTransfer(
  nonce: number,
): Promise<{ raw: `0x${string}`; transaction: Transaction }> {
  const { mnemonicToAccount } = await import("viem/accounts");
  const account = mnemonicToAccount("test test test test test test test test test test test junk");
  const raw = await account.signTransaction({
    type: "eip1559",
    chainId: 7357,
    nonce,
    gas: 21_000n,
    to: "0x000000000000000000000000000000000000dead",
    value: 1n,
    maxFeePerGas: 2_000_000_000n,
    maxPriorityFeePerGas: 1_000_000n,
  });
  return { raw, transaction: decodeTransaction(hexToBytes(raw)) };
}
