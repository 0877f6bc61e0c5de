/** The rollup contract as the poster sees it. Every failure is an L1Error, whose message never holds batch data. */
import {
  type Address,
  BaseError,
  createPublicClient,
  getContractError,
  http,
  type PublicClient,
  TransactionReceiptNotFoundError,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { rollupAbi } from "../../contracts/index.ts";
import type { BatchHeader } from "../../protocol/index.ts";
import { bytesToHex, type Hex, hexToBytes } from "../../protocol/index.ts";
import { BatchChainError, L1Error } from "./batchErrors.ts";
import { commitCalldata } from "./commitCalldata.ts";
import { signTransaction } from "./signTransaction.ts";

export interface L1Options {
  url: string;
  /** The sequencer's private key. Never logged. */
  key: Hex;
  rollup: Hex;
  /** Where to look for the rollup's events from. Default 0. */
  deployedAtBlock?: number;
}

/** Read at one L1 block. */
export interface L1Position {
  batch: number;
  lastBlock: number;
  batchHash: Uint8Array;
  /** Next nonce of the poster's account. */
  nonce: number;
}

export interface Fees {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

export interface L1Receipt {
  succeeded: boolean;
  blockNumber: number;
  gasUsed: bigint;
}

export interface L1Rollup {
  address: Address;
  /** Throws BatchChainError when there is no rollup. */
  check(): Promise<void>;
  position(): Promise<L1Position>;
  batchHash(number: number): Promise<Uint8Array>;
  /** The transaction that committed the batch; undefined when L1 does not show it. */
  findCommit(number: number): Promise<{ transactionHash: Uint8Array; blockNumber: number } | undefined>;
  fees(): Promise<Fees>;
  /** Runs the commit on the latest block; throws with the contract's reason. */
  simulate(header: BatchHeader, data: Uint8Array): Promise<void>;
  send(header: BatchHeader, data: Uint8Array, nonce: number, fees: Fees): Promise<Hex>;
  receipt(hash: Hex): Promise<L1Receipt | undefined>;
  balance(): Promise<bigint>;
}

export function createL1Rollup(options: L1Options): L1Rollup {
  const account = privateKeyToAccount(options.key);
  const key = hexToBytes(options.key);
  const client = createPublicClient({
    transport: http(options.url, { retryCount: 0, timeout: 10_000 }),
    cacheTime: 0,
  });
  const rollup = { address: options.rollup, abi: rollupAbi } as const;
  let chainId: number | undefined;

  return {
    address: account.address,
    check: () => attempt("looking for the rollup", () => checkRollup(client, options.rollup)),
    position: () =>
      attempt("reading the rollup's last batch", async () => {
        const blockNumber = await client.getBlockNumber();
        const [last, nonce] = await Promise.all([
          client.readContract({ ...rollup, functionName: "lastBatch", blockNumber }),
          client.getTransactionCount({ address: account.address, blockNumber }),
        ]);
        return {
          batch: Number(last.number),
          lastBlock: Number(last.lastBlock),
          batchHash: hexToBytes(last.batchHash),
          nonce,
        };
      }),
    batchHash: (number) =>
      attempt("reading a batch hash", async () =>
        hexToBytes(
          await client.readContract({ ...rollup, functionName: "batchHash", args: [BigInt(number)] }),
        ),
      ),
    findCommit: (number) =>
      attempt("looking for a batch's transaction", async () => {
        const events = await client.getContractEvents({
          ...rollup,
          eventName: "BatchCommitted",
          args: { number: BigInt(number) },
          fromBlock: BigInt(options.deployedAtBlock ?? 0),
        });
        const event = events.at(-1);
        if (event === undefined) return undefined;
        return { transactionHash: hexToBytes(event.transactionHash), blockNumber: Number(event.blockNumber) };
      }),
    fees: () =>
      attempt("reading L1 fees", async () => {
        const [block, maxPriorityFeePerGas] = await Promise.all([
          client.getBlock({ blockTag: "latest" }),
          client.estimateMaxPriorityFeePerGas(),
        ]);
        return {
          maxFeePerGas: (block.baseFeePerGas ?? 0n) * 2n + maxPriorityFeePerGas,
          maxPriorityFeePerGas,
        };
      }),
    simulate: (header, data) =>
      attempt(`simulating batch ${header.number}`, async () => {
        const call = {
          account: account.address,
          to: options.rollup,
          data: bytesToHex(commitCalldata(header, data)),
        };
        try {
          await client.call(call);
        } catch (error) {
          if (!(error instanceof BaseError)) throw error;
          throw getContractError(error, {
            abi: rollupAbi,
            address: options.rollup,
            args: [],
            functionName: "commitBatch",
          });
        }
      }),
    send: (header, data, nonce, fees) =>
      attempt(`sending batch ${header.number}`, async () => {
        chainId ??= await client.getChainId();
        const signed = signTransaction(
          {
            chainId,
            nonce,
            gasLimit: commitGas(data),
            to: hexToBytes(options.rollup),
            data: commitCalldata(header, data),
            ...fees,
          },
          key,
        );
        return await client.sendRawTransaction({ serializedTransaction: bytesToHex(signed) });
      }),
    receipt: (hash) => attempt("reading a receipt", () => readReceipt(client, hash)),
    balance: () =>
      attempt("reading the poster's balance", () => client.getBalance({ address: account.address })),
  };
}

async function checkRollup(client: PublicClient, rollup: Hex): Promise<void> {
  const code = await client.getCode({ address: rollup });
  if (code === undefined || code === "0x") {
    throw new BatchChainError(
      `L1 has no contract at ${rollup}`,
      "Deploy the rollup, or correct its address.",
    );
  }
}

async function readReceipt(client: PublicClient, hash: Hex): Promise<L1Receipt | undefined> {
  try {
    const receipt = await client.getTransactionReceipt({ hash });
    return {
      succeeded: receipt.status === "success",
      blockNumber: Number(receipt.blockNumber),
      gasUsed: receipt.gasUsed,
    };
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined;
    throw error;
  }
}

/**
 * Gas limit without asking L1, which cannot estimate a batch whose predecessor is not mined yet. Every byte counted as
 * non-zero under EIP-7623 (floor 40 gas), copying and hashing by the yellow paper, and a constant above the contract's
 * storage, event and proxy cost.
 */
function commitGas(data: Uint8Array): bigint {
  const words = Math.ceil(data.length / 32) + 16;
  const execution = 200_000 + words * 20 + Math.ceil((words * words) / 256);
  return BigInt(Math.max(21_000 + (data.length + 512) * 40, 21_000 + (data.length + 512) * 16 + execution));
}

async function attempt<T>(action: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof BaseError) throw new L1Error(action, error);
    throw error;
  }
}
