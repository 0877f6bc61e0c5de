import { RLP } from "@ethereumjs/rlp";
import { type BlockHeader, bigIntToBytes, EMPTY_BYTES, hexToBytes } from "../../../protocol/index.ts";
import { EMPTY_TRIE_ROOT } from "../../trie/accountRlp.ts";

const NO_UNCLES = hexToBytes("0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
const NONCE = new Uint8Array(8);

/** A simulated block's header; what its fork does not know is undefined. Byte fields are 32 bytes unless said otherwise. */
export interface SimulatedHeader {
  parentHash: Uint8Array;
  /** 20 bytes. */
  coinbase: Uint8Array;
  stateRoot: Uint8Array;
  transactionsRoot: Uint8Array;
  receiptsRoot: Uint8Array;
  /** 256 bytes. */
  logsBloom: Uint8Array;
  difficulty: bigint;
  number: number;
  gasLimit: bigint;
  gasUsed: bigint;
  timestamp: number;
  mixHash: Uint8Array;
  baseFeePerGas: bigint | undefined;
  withdrawalsRoot: Uint8Array | undefined;
  blobGasUsed: bigint | undefined;
  excessBlobGas: bigint | undefined;
  parentBeaconBlockRoot: Uint8Array | undefined;
  requestsHash: Uint8Array | undefined;
}

/** What a block needs of the one before it. */
export interface ParentHeader
  extends Pick<
    SimulatedHeader,
    "coinbase" | "difficulty" | "gasLimit" | "gasUsed" | "baseFeePerGas" | "blobGasUsed" | "excessBlobGas"
  > {
  number: number;
  hash: Uint8Array;
}

/** Braid's own headers have all of Osaka's fields, and no blobs. */
export function parentOf(header: BlockHeader, hash: Uint8Array): ParentHeader {
  const { ethereum, number, coinbase, gasLimit, gasUsed } = header;
  const common = { number, hash, coinbase, gasLimit, gasUsed };
  if (ethereum === undefined) {
    const { baseFeePerGas } = header;
    return { ...common, difficulty: 0n, baseFeePerGas, blobGasUsed: 0n, excessBlobGas: 0n };
  }
  const { difficulty, baseFeePerGas, blobGasUsed, excessBlobGas } = ethereum;
  return { ...common, difficulty, baseFeePerGas, blobGasUsed, excessBlobGas };
}

/** Also the header's RLP, as part of the block's. */
export function sealHeader(header: SimulatedHeader): { header: BlockHeader; fields: Uint8Array[] } {
  const fields = fieldsOf(header);
  const { difficulty, mixHash, baseFeePerGas, withdrawalsRoot, blobGasUsed, excessBlobGas } = header;
  const { parentBeaconBlockRoot, requestsHash } = header;
  const sealed: BlockHeader = {
    parentHash: header.parentHash,
    coinbase: header.coinbase,
    stateRoot: header.stateRoot,
    transactionsRoot: header.transactionsRoot,
    receiptsRoot: header.receiptsRoot,
    logsBloom: header.logsBloom,
    number: header.number,
    gasLimit: header.gasLimit,
    gasUsed: header.gasUsed,
    timestamp: header.timestamp,
    extraData: EMPTY_BYTES,
    prevRandao: mixHash,
    baseFeePerGas: baseFeePerGas ?? 0n,
    parentBeaconBlockRoot: parentBeaconBlockRoot ?? new Uint8Array(32),
    ethereum: {
      raw: RLP.encode(fields),
      sha3Uncles: NO_UNCLES,
      difficulty,
      mixHash,
      nonce: NONCE,
      ...(baseFeePerGas === undefined ? {} : { baseFeePerGas }),
      ...(withdrawalsRoot === undefined ? {} : { withdrawalsRoot }),
      ...(blobGasUsed === undefined ? {} : { blobGasUsed }),
      ...(excessBlobGas === undefined ? {} : { excessBlobGas }),
      ...(parentBeaconBlockRoot === undefined ? {} : { parentBeaconBlockRoot }),
      ...(requestsHash === undefined ? {} : { requestsHash }),
    },
  };
  return { header: sealed, fields };
}

/** Forks have only ever added fields at the end. */
function fieldsOf(header: SimulatedHeader): Uint8Array[] {
  const { baseFeePerGas, withdrawalsRoot, blobGasUsed, excessBlobGas } = header;
  const number = (value: bigint | undefined) => (value === undefined ? undefined : bigIntToBytes(value));
  const added = [
    number(baseFeePerGas),
    withdrawalsRoot,
    number(blobGasUsed),
    number(excessBlobGas),
    header.parentBeaconBlockRoot,
    header.requestsHash,
  ];
  return [
    header.parentHash,
    NO_UNCLES,
    header.coinbase,
    header.stateRoot,
    header.transactionsRoot,
    header.receiptsRoot,
    header.logsBloom,
    bigIntToBytes(header.difficulty),
    bigIntToBytes(BigInt(header.number)),
    bigIntToBytes(header.gasLimit),
    bigIntToBytes(header.gasUsed),
    bigIntToBytes(BigInt(header.timestamp)),
    EMPTY_BYTES,
    header.mixHash,
    NONCE,
    ...added.filter((field) => field !== undefined),
  ];
}

export const NO_LOGS_BLOOM: Uint8Array = new Uint8Array(256);
export const NO_HASH: Uint8Array = new Uint8Array(32);
export { EMPTY_TRIE_ROOT };
