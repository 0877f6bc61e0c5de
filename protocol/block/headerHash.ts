import { RLP } from "@ethereumjs/rlp";
import { bigIntToBytes, hexToBytes } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";
import type { BlockHeader } from "./block.ts";

/** keccak-256 of the RLP of the empty list. */
const NO_OMMERS = hexToBytes("0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
const EMPTY_TRIE_ROOT = hexToBytes("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
/** EIP-7685: SHA-256 of nothing. */
const NO_REQUESTS = hexToBytes("0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
const ZERO = new Uint8Array(0);
const NONCE = new Uint8Array(8);

/**
 * RLP of a header; an imported one is as its chain has it, every other under Osaka rules. What an L2 block never has is constant: ommers, difficulty, nonce, withdrawals,
 * blob gas, requests.
 */
export function encodeHeader(header: BlockHeader): Uint8Array {
  if (header.ethereum !== undefined) return header.ethereum.raw;
  return RLP.encode(headerFields(header));
}

export function headerFields(header: BlockHeader): Uint8Array[] {
  return [
    header.parentHash,
    NO_OMMERS,
    header.coinbase,
    header.stateRoot,
    header.transactionsRoot,
    header.receiptsRoot,
    header.logsBloom,
    ZERO,
    bigIntToBytes(BigInt(header.number)),
    bigIntToBytes(header.gasLimit),
    bigIntToBytes(header.gasUsed),
    bigIntToBytes(BigInt(header.timestamp)),
    header.extraData,
    header.prevRandao,
    NONCE,
    bigIntToBytes(header.baseFeePerGas),
    EMPTY_TRIE_ROOT,
    ZERO,
    ZERO,
    header.parentBeaconBlockRoot,
    NO_REQUESTS,
  ];
}

/** The block's hash, 32 bytes. */
export function headerHash(header: BlockHeader): Uint8Array {
  return keccak256(encodeHeader(header));
}
