/** The rollup on L1 as the poster reads and calls it. */
import { encodeFunctionData, parseAbiItem } from "viem";
import { rollupAbi as abi, attestationVerifierAbi, optimismPortalAbi } from "../../contracts/index.ts";
import { bytesToHex, type Hex, hexToBytes } from "../../protocol/index.ts";
import type { BatchPosting, BatchRecord, L1Place } from "../chain-store/index.ts";
import { attempt, type L1Call, type L1Client } from "../l1-transactions/index.ts";
import { headerOf } from "./batchCommitments.ts";
import { BatchChainError } from "./batchErrors.ts";

export interface RollupContractOptions {
  client: L1Client;
  rollup: Hex;
  /** Where to look for the rollup's events from. Default 0. */
  deployedAtBlock?: number;
}

/** How far the rollup is, at one L1 block. */
export interface RollupState {
  committed: number;
  proven: number;
  finalized: number;
  finalizationPeriod: number;
}

export interface RollupBatch {
  hash: Uint8Array;
  lastBlock: number;
  /** Seconds; 0: not proven. */
  provenAt: number;
}

/** Where an event was raised. */
export interface RollupLog extends L1Place {
  /** Of a commitment: blobs that its data came in. */
  blobCount: number;
}

export interface MessageDeadlines {
  count: number;
  deadlineOf(index: number): Promise<number>;
}

export interface ProofVerifier {
  address: Hex;
  threshold: number;
  isProver(signer: Uint8Array): Promise<boolean>;
}

export type RollupEvent = "BatchCommitted" | "BatchProven" | "BatchFinalized";
export type RollupContract = ReturnType<typeof createRollupContract>;

const EVENTS = {
  BatchCommitted: parseAbiItem(
    "event BatchCommitted(uint64 indexed number, bytes32 indexed batchHash, (uint64,bytes32,uint64,uint64,bytes32,bytes32,bytes32,uint64,bytes32,uint64) header, bytes32 dataHash, bytes32 rollingHash, uint256 blobCount)",
  ),
  BatchProven: parseAbiItem(
    "event BatchProven(uint64 indexed number, bytes32 indexed batchHash, bytes32 outputRoot)",
  ),
  BatchFinalized: parseAbiItem("event BatchFinalized(uint64 indexed number, bytes32 indexed batchHash)"),
} as const;
/** L1 providers refuse wider searches. */
const BLOCKS_A_SEARCH = 5_000;
const WORD = 32;

export function createRollupContract({ client, rollup, deployedAtBlock = 0 }: RollupContractOptions) {
  const { reader } = client;
  const contract = { address: rollup, abi } as const;
  const to = hexToBytes(rollup);

  return {
    address: rollup,
    /** Throws BatchChainError when there is no rollup. */
    check: () =>
      attempt("looking for the rollup", async () => {
        const code = await reader.getCode({ address: rollup });
        if (code === undefined || code === "0x") {
          throw new BatchChainError(
            `L1 has no contract at ${rollup}`,
            "Deploy the rollup, or correct its address.",
          );
        }
      }),
    state: (block: number): Promise<RollupState> =>
      attempt("reading the rollup", async () => {
        const at = { ...contract, blockNumber: BigInt(block) };
        const [committed, proven, finalized, period] = await Promise.all([
          reader.readContract({ ...at, functionName: "lastCommittedBatch" }),
          reader.readContract({ ...at, functionName: "lastProvenBatch" }),
          reader.readContract({ ...at, functionName: "lastFinalizedBatch" }),
          reader.readContract({ ...at, functionName: "finalizationPeriodSeconds" }),
        ]);
        return {
          committed: Number(committed),
          proven: Number(proven),
          finalized: Number(finalized),
          finalizationPeriod: Number(period),
        };
      }),
    batchAt: (number: number, block: number): Promise<RollupBatch> =>
      attempt("reading a batch", async () => {
        const batch = await reader.readContract({
          ...contract,
          functionName: "batchAt",
          args: [BigInt(number)],
          blockNumber: BigInt(block),
        });
        return {
          hash: hexToBytes(batch.hash),
          lastBlock: Number(batch.lastBlock),
          provenAt: Number(batch.provenAt),
        };
      }),
    /** The last transaction that raised the event for this batch. */
    findEvent: (event: RollupEvent, number: number, upTo: number): Promise<RollupLog | undefined> =>
      attempt(`looking for ${event} of batch ${number}`, async () => {
        for (let to = upTo; to >= deployedAtBlock; to -= BLOCKS_A_SEARCH) {
          const from = Math.max(to - BLOCKS_A_SEARCH + 1, deployedAtBlock);
          const logs = await reader.getLogs({
            address: rollup,
            event: EVENTS[event],
            args: { number: BigInt(number) },
            fromBlock: BigInt(from),
            toBlock: BigInt(to),
          });
          const last = logs.at(-1);
          if (last !== undefined) {
            return {
              transactionHash: hexToBytes(last.transactionHash),
              blockNumber: Number(last.blockNumber),
              blobCount: "blobCount" in last.args ? Number(last.args.blobCount) : 0,
            };
          }
        }
        return undefined;
      }),
    /** L1's queue of messages: how many there are, and until which L1 block each must be consumed. */
    messages: (block: number): Promise<MessageDeadlines> =>
      attempt("reading the queue of messages", async () => {
        const blockNumber = BigInt(block);
        const address = await reader.readContract({ ...contract, blockNumber, functionName: "queue" });
        const queue = { address, abi: optimismPortalAbi, blockNumber } as const;
        const count = Number(await reader.readContract({ ...queue, functionName: "count" }));
        return {
          count,
          deadlineOf: (index) =>
            attempt("reading a deadline", async () =>
              Number(
                await reader.readContract({ ...queue, functionName: "deadlineOf", args: [BigInt(index)] }),
              ),
            ),
        };
      }),
    verifier: (): Promise<ProofVerifier> =>
      attempt("reading the verifier", async () => {
        const address = await reader.readContract({ ...contract, functionName: "verifier" });
        const verifier = { address, abi: attestationVerifierAbi } as const;
        const threshold = await reader.readContract({ ...verifier, functionName: "threshold" });
        return {
          address,
          threshold: Number(threshold),
          isProver: (signer) =>
            attempt("asking the verifier", () =>
              reader.readContract({ ...verifier, functionName: "isProver", args: [bytesToHex(signer)] }),
            ),
        };
      }),
    /** `data` is sent as calldata or in blobs, as `posting` says. */
    commitCall(batch: BatchRecord, posting: BatchPosting, data: Uint8Array): L1Call {
      const header = headerArguments(batch, posting);
      if (posting.blobHashes !== undefined) {
        const count = BigInt(posting.blobHashes.length);
        const call = encodeFunctionData({ abi, functionName: "commitBatchBlobs", args: [header, count] });
        return { to, calldata: hexToBytes(call), gasLimit: COMMIT_GAS, blobData: data };
      }
      const head = hexToBytes(encodeFunctionData({ abi, functionName: "commitBatch", args: [header, "0x"] }));
      const calldata = withData(head, data);
      return { to, calldata, gasLimit: calldataGas(calldata, COMMIT_GAS), blobData: undefined };
    },
    proveCall(batch: BatchRecord, posting: BatchPosting, dataHash: Uint8Array, proof: Uint8Array): L1Call {
      const args = [headerArguments(batch, posting), bytesToHex(dataHash), bytesToHex(proof)] as const;
      const calldata = hexToBytes(encodeFunctionData({ abi, functionName: "proveBatch", args }));
      const gasLimit = calldataGas(
        calldata,
        PROVE_GAS + SIGNATURE_GAS * BigInt(Math.ceil(proof.length / 65)),
      );
      return { to, calldata, gasLimit, blobData: undefined };
    },
    finalizeCall(number: number): L1Call {
      const call = encodeFunctionData({ abi, functionName: "finalizeBatch", args: [BigInt(number)] });
      return { to, calldata: hexToBytes(call), gasLimit: FINALIZE_GAS, blobData: undefined };
    },
  };
}

/** Above what the calls use, storage, event and proxy included; L1 cannot estimate a call whose turn has not come. */
const COMMIT_GAS = 350_000n;
const PROVE_GAS = 300_000n;
const SIGNATURE_GAS = 15_000n;
const FINALIZE_GAS = 150_000n;

/** Every byte counted as non-zero under EIP-7623, with copying and hashing. */
function calldataGas(calldata: Uint8Array, execution: bigint): bigint {
  const bytes = BigInt(calldata.length);
  const words = bytes / 32n + 1n;
  const memory = words * 20n + (words * words) / 256n;
  const normal = 21_000n + bytes * 16n + execution + memory;
  const floor = 21_000n + bytes * 40n;
  return normal > floor ? normal : floor;
}

/** The ABI's layout ends with the data: its length, then its words. Hex text of a whole batch would be slow. */
function withData(head: Uint8Array, data: Uint8Array): Uint8Array {
  const calldata = Buffer.alloc(head.length + Math.ceil(data.length / WORD) * WORD);
  calldata.set(head);
  calldata.writeUInt32BE(data.length, head.length - 4);
  calldata.set(data, head.length);
  return new Uint8Array(calldata);
}

function headerArguments(batch: BatchRecord, posting: BatchPosting) {
  const header = headerOf(batch, posting.previousHash);
  return {
    number: BigInt(header.number),
    previousHash: bytesToHex(header.previousHash),
    firstBlock: BigInt(header.firstBlock),
    lastBlock: BigInt(header.lastBlock),
    postStateRoot: bytesToHex(header.postStateRoot),
    lastBlockHash: bytesToHex(header.lastBlockHash),
    outputRoot: bytesToHex(header.outputRoot),
    l1OriginNumber: BigInt(header.l1OriginNumber),
    l1OriginHash: bytesToHex(header.l1OriginHash),
    messagesConsumed: BigInt(header.messagesConsumed),
  };
}
