/** The words that a constructor caches in its code because they depend on the chain (EIP-712, section "domainSeparator"). */
import { bigIntToBytes, type Hex, hexToBytes, keccak256, padTo32 } from "../../protocol/index.ts";
import type { ChainWord } from "./preinstall.ts";

export interface WordContext {
  chainId: number;
  address: Hex;
  domain?: { name: string; version?: string } | undefined;
}

export function chainWord(value: ChainWord, context: WordContext): Uint8Array {
  return value === "chainId" ? padTo32(bigIntToBytes(BigInt(context.chainId))) : domainSeparator(context);
}

function domainSeparator({ chainId, address, domain }: WordContext): Uint8Array {
  const version = domain?.version;
  const type = `EIP712Domain(string name,${version === undefined ? "" : "string version,"}uint256 chainId,address verifyingContract)`;
  const words = [
    hashText(type),
    hashText(domain?.name ?? ""),
    ...(version === undefined ? [] : [hashText(version)]),
    padTo32(bigIntToBytes(BigInt(chainId))),
    padTo32(hexToBytes(address)),
  ];
  const joined = new Uint8Array(words.length * 32);
  for (const [index, word] of words.entries()) joined.set(word, index * 32);
  return keccak256(joined);
}

function hashText(text: string): Uint8Array {
  return keccak256(new TextEncoder().encode(text));
}
