import { encodeFunctionData, type Hex, parseEther, toHex, zeroAddress, zeroHash } from "viem";
import { probeAbi } from "../contracts/probe.ts";
import type { BuiltChain, Side } from "./buildChain.ts";

export interface ComparedRequest {
  method: string;
  /** Which of the requests of its method. */
  about: string;
  params: (side: Side) => unknown[];
}

type Ask = (method: string, about: string, ...params: unknown[]) => ComparedRequest;
const ask: Ask = (method, about, ...params) => ({ method, about, params: () => params });
/** By the hash of a block, which is not the same on both. */
const askBlock = (method: string, about: string, block: number, ...rest: unknown[]): ComparedRequest => ({
  method,
  about,
  params: ({ blockHashes }) => [blockHashes[block] ?? zeroHash, ...rest],
});

const slot = (index: bigint): Hex => toHex(index, { size: 32 });

export function requests(chain: BuiltChain): ComparedRequest[] {
  return [
    ...nodeRequests(),
    ...stateRequests(chain),
    ...blockRequests(chain),
    ...transactionRequests(chain),
    ...callRequests(chain),
    ...logRequests(chain),
    ...traceRequests(chain),
    ...errorRequests(chain),
  ];
}

function nodeRequests(): ComparedRequest[] {
  return [
    ask("eth_chainId", "plain"),
    ask("net_version", "plain"),
    ask("net_listening", "plain"),
    ask("net_peerCount", "plain"),
    ask("eth_blockNumber", "plain"),
    ask("eth_syncing", "plain"),
    ask("eth_accounts", "plain"),
    ask("eth_coinbase", "plain"),
    ask("eth_mining", "plain"),
    ask("eth_hashrate", "plain"),
    ask("eth_blobBaseFee", "plain"),
    ask("web3_sha3", "bytes", "0x68656c6c6f"),
    ask("eth_feeHistory", "three blocks", "0x3", "0x5", [10, 90]),
    ask("eth_feeHistory", "no percentiles", "0x2", "0x3"),
    ask("eth_feeHistory", "none", "0x0", "0x3"),
    ask("eth_config", "plain"),
  ];
}

function stateRequests({ probe, senders, delegate, blocks }: BuiltChain): ComparedRequest[] {
  const tags = ["latest", "0x2", { blockNumber: "0x3" }];
  return [
    ...[...senders, probe, delegate, zeroAddress].flatMap((address) =>
      tags.flatMap((tag) => [
        ask("eth_getBalance", "of an account", address, tag),
        ask("eth_getTransactionCount", "of an account", address, tag),
        ask("eth_getCode", "of an account", address, tag),
        ask("eth_getStorageAt", "slot 1", address, "0x1", tag),
      ]),
    ),
    ask("eth_getTransactionCount", "pending", senders[1], "pending"),
    ask("eth_getStorageAt", "a long key", probe, slot(1n), "latest"),
    {
      method: "eth_getBalance",
      about: "by EIP-1898 hash",
      params: ({ blockHashes }) => [senders[0], { blockHash: blockHashes[2] }],
    },
    ask("eth_getProof", "slots that are and are not", probe, [slot(1n), slot(99n)], "latest"),
    ask("eth_getProof", "nobody", `0x${"99".repeat(20)}`, [], toHex(blocks)),
  ];
}

function blockRequests({ blocks }: BuiltChain): ComparedRequest[] {
  const numbers = Array.from({ length: blocks }, (_, index) => index + 1);
  return numbers.flatMap((number) => [
    ask("eth_getBlockByNumber", "hashes", toHex(number), false),
    ask("eth_getBlockByNumber", "transactions", toHex(number), true),
    askBlock("eth_getBlockByHash", "hashes", number, false),
    askBlock("eth_getBlockByHash", "transactions", number, true),
    ask("eth_getHeaderByNumber", "mined", toHex(number)),
    ask("eth_getBlockReceipts", "by number", toHex(number)),
    askBlock("eth_getBlockReceipts", "by hash", number),
    ask("eth_getBlockTransactionCountByNumber", "mined", toHex(number)),
    askBlock("eth_getBlockTransactionCountByHash", "mined", number),
    ask("eth_getUncleCountByBlockNumber", "mined", toHex(number)),
    askBlock("eth_getUncleCountByBlockHash", "mined", number),
    ask("eth_getUncleByBlockNumberAndIndex", "none", toHex(number), "0x0"),
    ask("debug_getRawReceipts", "mined", toHex(number)),
  ]);
}

function transactionRequests({ mined, waiting, senders, blocks }: BuiltChain): ComparedRequest[] {
  return [
    ...mined.flatMap((hash) => [
      ask("eth_getTransactionByHash", "mined", hash),
      ask("eth_getTransactionReceipt", "mined", hash),
      ask("debug_getRawTransaction", "mined", hash),
      ask("eth_getRawTransactionByHash", "mined", hash),
      ask("ots_getTransactionError", "mined", hash),
      ask("ots_getInternalOperations", "mined", hash),
    ]),
    ask("eth_getTransactionByBlockNumberAndIndex", "mined", "0x2", "0x1"),
    askBlock("eth_getTransactionByBlockHashAndIndex", "mined", 2, "0x2"),
    ask("eth_getTransactionByBlockNumberAndIndex", "no such place", "0x2", "0x9"),
    ask("eth_getTransactionBySenderAndNonce", "mined", senders[0], "0x1"),
    ask("ots_getTransactionBySenderAndNonce", "mined", senders[0], 1),
    ask("ots_getBlockDetails", "mined", blocks),
    ask("ots_hasCode", "no code", senders[0], "latest"),
    ask("eth_getTransactionByHash", "waiting", waiting),
    ask("eth_getTransactionReceipt", "waiting", waiting),
    ask("txpool_status", "one that waits"),
    ask("txpool_content", "one that waits"),
    ask("txpool_contentFrom", "one that waits", senders[1]),
    ask("txpool_inspect", "one that waits"),
  ];
}

function callRequests({ probe, senders }: BuiltChain): ComparedRequest[] {
  const [from] = senders;
  const held = encodeFunctionData({ abi: probeAbi, functionName: "held", args: [zeroAddress] });
  const move = (amount: bigint) =>
    encodeFunctionData({ abi: probeAbi, functionName: "move", args: [zeroAddress, amount] });
  const bare = (functionName: "refuse" | "deposit" | "total" | "name") =>
    encodeFunctionData({ abi: probeAbi, functionName });
  const panic = encodeFunctionData({ abi: probeAbi, functionName: "overflow", args: [1n] });
  const calls: [string, object][] = [
    ["a read", { to: probe, data: held }],
    ["a read, input", { to: probe, input: held }],
    ["a string", { to: probe, data: bare("name") }],
    ["a write", { from, to: probe, data: move(1n) }],
    ["a payment", { from, to: probe, data: bare("deposit"), value: "0x5" }],
    ["a transfer", { from, to: senders[1], value: "0x1" }],
    ["a creation", { from, data: "0x6001600c60003960016000f300" }],
    ["a custom error", { from, to: probe, data: move(parseEther("9")) }],
    ["a reason", { to: probe, data: bare("refuse") }],
    ["a panic", { to: probe, data: panic }],
    ["no such function", { to: probe, data: "0xdeadbeef" }],
    ["too little gas", { from, to: probe, data: move(1n), gas: "0x6000" }],
    ["more than the sender has", { from: `0x${"99".repeat(20)}`, to: probe, value: "0x1" }],
  ];
  const override = { [probe]: { stateDiff: { [slot(1n)]: slot(77n) } } };
  const total = { to: probe, data: bare("total") };
  const anywhere = `0x${"ab".repeat(20)}`;
  const clock = { [anywhere]: { code: "0x4342015f5260205ff3", balance: "0x64" } };
  const simulated = {
    blockStateCalls: [
      {
        stateOverrides: { [anywhere]: { balance: "0x64" } },
        calls: [{ from: anywhere, to: probe, data: bare("deposit"), value: "0x64" }],
      },
      { calls: [total, { to: probe, data: bare("refuse") }] },
    ],
    traceTransfers: true,
  };
  return [
    ...calls.flatMap(([about, call]) => [
      ask("eth_call", about, call, "latest"),
      ask("eth_estimateGas", about, call, "latest"),
      ask("eth_createAccessList", about, call, "latest"),
    ]),
    ask("eth_call", "at an old block", total, "0x2"),
    ask("eth_call", "before the contract", total, "0x0"),
    ask("eth_call", "state overridden", total, "latest", override),
    ask("eth_call", "block overridden", { to: anywhere }, "latest", clock, { number: "0x3e8", time: "0xea" }),
    ask("eth_simulateV1", "two blocks", simulated, "latest"),
  ];
}

function logRequests({ probe, senders }: BuiltChain): ComparedRequest[] {
  const moved = "0xff1b65b8ed4be4d2f5ec77e4e5ea92de4f5b6b8b0dae1a4d9c4d7d3bb6ba8de5";
  const from = `0x${(senders[0] ?? "0x").slice(2).toLowerCase().padStart(64, "0")}`;
  const all = { fromBlock: "0x0", toBlock: "latest" };
  return [
    ask("eth_getLogs", "all", all),
    ask("eth_getLogs", "by address", { ...all, address: probe }),
    ask("eth_getLogs", "by addresses", { ...all, address: [probe, zeroAddress] }),
    ask("eth_getLogs", "by a topic that is not", { ...all, topics: [moved] }),
    ask("eth_getLogs", "by place of topic", { ...all, topics: [null, [from, zeroHash]] }),
    ask("eth_getLogs", "one block", { fromBlock: "0x2", toBlock: "0x2" }),
    { method: "eth_getLogs", about: "by hash", params: ({ blockHashes }) => [{ blockHash: blockHashes[2] }] },
    ask("eth_getLogs", "backwards", { fromBlock: "0x3", toBlock: "0x2" }),
    ask("eth_getLogs", "beyond the head", { fromBlock: "0x1", toBlock: "0x999999" }),
    ask("eth_uninstallFilter", "not there", "0x1234567890"),
    ask("eth_getFilterChanges", "not there", "0x1234567890"),
  ];
}

function traceRequests({ mined, probe, senders }: BuiltChain): ComparedRequest[] {
  const tracers = [
    ["callTracer", { tracer: "callTracer" }],
    ["callTracer, onlyTopCall", { tracer: "callTracer", tracerConfig: { onlyTopCall: true } }],
    ["callTracer, withLog", { tracer: "callTracer", tracerConfig: { withLog: true } }],
    ["prestateTracer", { tracer: "prestateTracer" }],
    ["prestateTracer, diffMode", { tracer: "prestateTracer", tracerConfig: { diffMode: true } }],
    ["4byteTracer", { tracer: "4byteTracer" }],
  ] as const;
  const call = {
    from: senders[0],
    to: probe,
    data: encodeFunctionData({ abi: probeAbi, functionName: "refuse" }),
  };
  return [
    ...tracers.flatMap(([about, config]) => [
      ...mined.map((hash) => ask("debug_traceTransaction", about, hash, config)),
      ask("debug_traceCall", about, call, "latest", config),
      ask("debug_traceBlockByNumber", about, "0x2", config),
    ]),
    ...mined.map((hash) => ask("debug_traceTransaction", "struct logs", hash)),
    ...mined.map((hash) => ask("trace_transaction", "mined", hash)),
    ask("trace_block", "mined", "0x2"),
  ];
}

function errorRequests({ refused, senders }: BuiltChain): ComparedRequest[] {
  return [
    ...Object.entries(refused).map(([reason, raw]) => ask("eth_sendRawTransaction", reason, raw)),
    ask("eth_getBlockByNumber", "beyond the head", "0x999999", false),
    ask("eth_getBlockByHash", "not there", zeroHash, false),
    ask("eth_getBlockReceipts", "beyond the head", "0x999999"),
    ask("eth_getTransactionByHash", "not there", zeroHash),
    ask("eth_getTransactionReceipt", "not there", zeroHash),
    ask("eth_getBalance", "beyond the head", senders[0], "0x999999"),
    ask("eth_call", "beyond the head", { to: senders[0] }, "0x999999"),
    ask("eth_getBalance", "no address", "latest"),
    ask("eth_getBalance", "nothing"),
    ask("eth_nonsense", "unknown"),
    ask("debug_traceTransaction", "not there", zeroHash),
  ];
}
