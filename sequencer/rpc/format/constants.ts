import type { Hex } from "../../../protocol/index.ts";

/** Root of an empty trie. */
export const EMPTY_ROOT: Hex = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";
/** Hash of an empty list of uncles. */
export const EMPTY_UNCLES: Hex = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";
/** EIP-7685: hash of no requests. */
export const EMPTY_REQUESTS: Hex = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/** Hash of no code. */
export const EMPTY_CODE: Hex = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
export const ZERO_NONCE: Hex = "0x0000000000000000";
export const EMPTY_BLOOM: Hex = `0x${"0".repeat(512)}`;
