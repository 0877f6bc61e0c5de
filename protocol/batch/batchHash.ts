import { padTo32 } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";

/** What the rollup on L1 binds of a batch besides its data. Byte fields are 32 bytes. */
export interface BatchHeader {
  number: number;
  previousHash: Uint8Array;
  firstBlock: number;
  lastBlock: number;
  postStateRoot: Uint8Array;
  lastBlockHash: Uint8Array;
}

/** `keccak256(abi.encode(header, keccak256(data)))`, as Rollup.hashBatch computes it. */
export function batchHash(header: BatchHeader, dataHash: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(7 * 32);
  encoded.set(uint256(header.number), 0);
  encoded.set(header.previousHash, 32);
  encoded.set(uint256(header.firstBlock), 64);
  encoded.set(uint256(header.lastBlock), 96);
  encoded.set(header.postStateRoot, 128);
  encoded.set(header.lastBlockHash, 160);
  encoded.set(dataHash, 192);
  return keccak256(encoded);
}

/** The hash of batch 0, which stands for the genesis block: what batch 1 names as its predecessor. */
export function genesisBatchHash(genesis: { stateRoot: Uint8Array; blockHash: Uint8Array }): Uint8Array {
  const zero = new Uint8Array(32);
  return batchHash(
    {
      number: 0,
      previousHash: zero,
      firstBlock: 0,
      lastBlock: 0,
      postStateRoot: genesis.stateRoot,
      lastBlockHash: genesis.blockHash,
    },
    zero,
  );
}

function uint256(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return padTo32(bytes);
}
