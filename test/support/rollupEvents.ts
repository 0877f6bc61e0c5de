import { type Address, createPublicClient, type Hash, http, parseAbiItem } from "viem";

/** What the rollup contract says of a batch. */
export interface CommittedBatch {
  number: number;
  firstBlock: number;
  lastBlock: number;
  postStateRoot: Hash;
}

const BATCH_COMMITTED = parseAbiItem(
  "event BatchCommitted(uint256 indexed number, bytes32 indexed batchHash, uint256 firstBlock, uint256 lastBlock, bytes32 postStateRoot, bytes32 dataHash)",
);

/** Every batch that L1 accepted, in order of acceptance, from L1's own logs. */
export async function readCommittedBatches(l1Url: string, rollup: Address): Promise<CommittedBatch[]> {
  const client = createPublicClient({ transport: http(l1Url) });
  const logs = await client.getLogs({ address: rollup, event: BATCH_COMMITTED, fromBlock: 0n, strict: true });
  return logs.map(({ args }) => ({
    number: Number(args.number),
    firstBlock: Number(args.firstBlock),
    lastBlock: Number(args.lastBlock),
    postStateRoot: args.postStateRoot,
  }));
}
