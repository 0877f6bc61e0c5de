/** An L1 node as the poster asks it. Every failure is an L1Error, whose message never holds batch data. */
import {
  type Abi,
  BaseError,
  createPublicClient,
  decodeErrorResult,
  HttpRequestError,
  http,
  type PublicClient,
  RpcRequestError,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
} from "viem";
import { z } from "zod";
import { bytesToHex, type Hex, hexToBytes } from "../../protocol/index.ts";
import { L1Error } from "./l1Error.ts";
import type { L1Call, L1View, MinedReceipt } from "./types.ts";

export interface L1Client {
  url: string;
  /** For reading contracts at a block; wrap it in `attempt`. */
  reader: PublicClient;
  chainId(): Promise<number>;
  view(address: Hex): Promise<L1View>;
  /** Undefined when L1 has none. */
  receipt(hash: Uint8Array): Promise<MinedReceipt | undefined>;
  /** Whether the node has the transaction, mined or waiting. */
  knows(hash: Uint8Array): Promise<boolean>;
  blockHash(number: number): Promise<Uint8Array | undefined>;
  /** Runs the call on the latest block; throws L1Error with the contract's reason. */
  simulate(from: Hex, call: L1Call, versionedHashes: Uint8Array[] | undefined): Promise<void>;
  send(raw: Uint8Array): Promise<void>;
  /** Names of the precompiles that L1 has now (EIP-7910); undefined when the node does not say. */
  precompiles(): Promise<string[] | undefined>;
}

/** `errors`: the ABI whose errors a refused call is named by. */
export function createL1Client(url: string, errors: Abi = []): L1Client {
  const reader = createPublicClient({
    transport: http(url, { retryCount: 0, timeout: 10_000 }),
    cacheTime: 0,
  });
  let chainId: number | undefined;
  return {
    url,
    reader,
    async chainId() {
      chainId ??= await attempt("reading L1's chain id", () => reader.getChainId());
      return chainId;
    },
    view: (address) => attempt("reading L1", () => readView(reader, address)),
    receipt: (hash) => attempt("reading a receipt", () => readReceipt(reader, hash)),
    knows: (hash) => attempt("looking for a transaction", () => knowsTransaction(reader, hash)),
    blockHash: (number) =>
      attempt("reading an L1 block", async () => {
        const block = await reader.request({
          method: "eth_getBlockByNumber",
          params: [`0x${number.toString(16)}`, false],
        });
        return block?.hash ? hexToBytes(block.hash) : undefined;
      }),
    simulate: (from, call, versionedHashes) =>
      attempt("trying the call", async () => {
        try {
          await simulate(reader, from, call, versionedHashes);
        } catch (error) {
          throw named(error, errors);
        }
      }),
    send: (raw) =>
      attempt("sending a transaction", async () => {
        await reader.sendRawTransaction({ serializedTransaction: bytesToHex(raw) });
      }),
    precompiles: () => attempt("reading L1's rules", () => readPrecompiles(reader)),
  };
}

/** Everything about one block, so that nothing contradicts itself. */
async function readView(reader: PublicClient, address: Hex): Promise<L1View> {
  const block = await reader.getBlock({ blockTag: "latest" });
  const blockNumber = block.number;
  const [priorityFee, blobBaseFee, nonce, balance] = await Promise.all([
    reader.estimateMaxPriorityFeePerGas(),
    reader.getBlobBaseFee(),
    reader.getTransactionCount({ address, blockNumber }),
    reader.getBalance({ address, blockNumber }),
  ]);
  return {
    blockNumber: Number(blockNumber),
    blockHash: hexToBytes(block.hash),
    timestamp: Number(block.timestamp),
    prices: { baseFee: block.baseFeePerGas ?? 0n, priorityFee, blobBaseFee },
    nonce,
    balance,
  };
}

const configSchema = z.object({ current: z.object({ precompiles: z.record(z.string(), z.string()) }) });

async function readPrecompiles(reader: PublicClient): Promise<string[] | undefined> {
  try {
    const config = await reader.request<{ Method: "eth_config"; Parameters: []; ReturnType: unknown }>({
      method: "eth_config",
      params: [],
    });
    const read = configSchema.safeParse(config);
    return read.success ? Object.keys(read.data.current.precompiles) : undefined;
  } catch (error) {
    if (error instanceof BaseError && error.walk(isAnswer) !== null) return undefined;
    throw error;
  }
}

/** The node was there: it does not know the method, or keeps it to itself. */
function isAnswer(cause: unknown): boolean {
  return (
    cause instanceof RpcRequestError || (cause instanceof HttpRequestError && cause.status !== undefined)
  );
}

async function readReceipt(reader: PublicClient, hash: Uint8Array): Promise<MinedReceipt | undefined> {
  try {
    const receipt = await reader.getTransactionReceipt({ hash: bytesToHex(hash) });
    const blobCost = (receipt.blobGasUsed ?? 0n) * (receipt.blobGasPrice ?? 0n);
    return {
      transactionHash: hash,
      blockNumber: Number(receipt.blockNumber),
      blockHash: hexToBytes(receipt.blockHash),
      succeeded: receipt.status === "success",
      gasUsed: receipt.gasUsed,
      cost: receipt.gasUsed * receipt.effectiveGasPrice + blobCost,
    };
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined;
    throw error;
  }
}

async function knowsTransaction(reader: PublicClient, hash: Uint8Array): Promise<boolean> {
  try {
    await reader.getTransaction({ hash: bytesToHex(hash) });
    return true;
  } catch (error) {
    if (error instanceof TransactionNotFoundError) return false;
    throw error;
  }
}

async function simulate(
  reader: PublicClient,
  from: Hex,
  { to, calldata, gasLimit }: L1Call,
  versionedHashes: Uint8Array[] | undefined,
): Promise<void> {
  const blobs =
    versionedHashes === undefined
      ? {}
      : { blobVersionedHashes: versionedHashes.map(bytesToHex), maxFeePerBlobGas: "0x0" as const };
  await reader.request<{
    Method: "eth_call";
    Parameters: [request: object, block: "latest"];
    ReturnType: Hex;
  }>({
    method: "eth_call",
    params: [
      {
        from,
        to: bytesToHex(to),
        data: bytesToHex(calldata),
        gas: `0x${gasLimit.toString(16)}`,
        ...blobs,
      },
      "latest",
    ],
  });
}

/** The contract's reason, where it gave one. */
function named(error: unknown, abi: Abi): unknown {
  const found = error instanceof BaseError ? error.walk((cause) => errorData(cause) !== undefined) : null;
  const data = errorData(found);
  if (data === undefined) return error;
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi, data });
    return new L1Error("trying the call", new BaseError(`reverted: ${errorName}(${args.join(", ")})`));
  } catch (unknown) {
    if (unknown instanceof BaseError) return error;
    throw unknown;
  }
}

function errorData(error: unknown): Hex | undefined {
  if (typeof error !== "object" || error === null || !("data" in error)) return undefined;
  const { data } = error;
  return typeof data === "string" && /^0x[0-9a-f]{8}/i.test(data) ? `0x${data.slice(2)}` : undefined;
}

/** Gives what went wrong on the way as an L1Error. */
export async function attempt<T>(action: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof BaseError) throw new L1Error(action, error);
    throw error;
  }
}
