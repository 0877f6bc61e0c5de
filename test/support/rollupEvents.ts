import { type Address, createPublicClient, decodeFunctionData, type Hash, type Hex, http, isHex } from "viem";
import { rollupAbi } from "../../contracts/index.ts";
import { type BatchBlock, DecodeError, decodeBatch, hexToBytes, unpackBlobs } from "../../protocol/index.ts";
import { rpc } from "./rpc.ts";

/** What the rollup contract says of a batch. */
export interface CommittedBatch {
  number: number;
  firstBlock: number;
  lastBlock: number;
  postStateRoot: Hash;
  transactionHash: Hash;
}

/** Every batch that L1 accepted, in order of acceptance, from L1's own logs. */
export async function readCommittedBatches(l1Url: string, rollup: Address): Promise<CommittedBatch[]> {
  const client = createPublicClient({ transport: http(l1Url) });
  const logs = await client.getContractEvents({
    address: rollup,
    abi: rollupAbi,
    eventName: "BatchCommitted",
    fromBlock: 0n,
    strict: true,
  });
  // Batch 0 is the genesis, told when the rollup is deployed.
  const batches = logs.filter(({ args }) => args.number > 0n);
  return batches.map(({ args: { header }, transactionHash }) => ({
    number: Number(header.number),
    firstBlock: Number(header.firstBlock),
    lastBlock: Number(header.lastBlock),
    postStateRoot: header.postStateRoot,
    transactionHash,
  }));
}

/** The blocks that a batch's L1 transaction carries, and the state root and block hash that it vouches for. */
export async function readPostedBatch(
  l1Url: string,
  transactionHash: Hash,
): Promise<{ blocks: BatchBlock[]; postStateRoot: Hex; lastBlockHash: Hex }> {
  const client = createPublicClient({ transport: http(l1Url) });
  const { input } = await client.getTransaction({ hash: transactionHash });
  const { functionName, args } = decodeFunctionData({ abi: rollupAbi, data: input });
  if (functionName !== "commitBatch" && functionName !== "commitBatchBlobs") {
    throw new DecodeError(`${transactionHash} calls ${functionName}`);
  }
  const [{ postStateRoot, lastBlockHash }, data] = args;
  const bytes = typeof data === "bigint" ? await postedBlobs(l1Url, transactionHash) : hexToBytes(data);
  return { blocks: decodeBatch(bytes), postStateRoot, lastBlockHash };
}

/** Anvil keeps blobs itself, where another L1 has a beacon node. */
async function postedBlobs(l1Url: string, transactionHash: Hash): Promise<Uint8Array> {
  const blobs = await rpc(l1Url, "anvil_getBlobsByTransactionHash", [transactionHash]);
  if (!Array.isArray(blobs) || !blobs.every((blob) => isHex(blob))) {
    throw new DecodeError(`no blobs of ${transactionHash}`);
  }
  return unpackBlobs(blobs.map((blob) => hexToBytes(blob)));
}
