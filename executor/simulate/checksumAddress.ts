import { bytesToHex, keccak256 } from "../../protocol/index.ts";

/** EIP-55, as geth names addresses in its errors. */
export function checksumAddress(address: Uint8Array): string {
  const digits = bytesToHex(address).slice(2);
  const hash = bytesToHex(keccak256(Buffer.from(digits, "ascii"))).slice(2);
  let text = "0x";
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charAt(i);
    text += Number.parseInt(hash.charAt(i), 16) >= 8 ? digit.toUpperCase() : digit;
  }
  return text;
}
