import type { Hex } from "../../../protocol/index.ts";

const address = (number: number): Hex => `0x${number.toString(16).padStart(40, "0")}`;

/** EIP-7910's names of the precompiles, by the fork that brought them. */
const BEFORE_CANCUN: Record<string, Hex> = {
  ECREC: address(1),
  SHA256: address(2),
  RIPEMD160: address(3),
  ID: address(4),
  MODEXP: address(5),
  BN254_ADD: address(6),
  BN254_MUL: address(7),
  BN254_PAIRING: address(8),
  BLAKE2F: address(9),
};
const CANCUN: Record<string, Hex> = { KZG_POINT_EVALUATION: address(0xa) };
const PRAGUE: Record<string, Hex> = {
  BLS12_G1ADD: address(0xb),
  BLS12_G1MSM: address(0xc),
  BLS12_G2ADD: address(0xd),
  BLS12_G2MSM: address(0xe),
  BLS12_PAIRING_CHECK: address(0xf),
  BLS12_MAP_FP_TO_G1: address(0x10),
  BLS12_MAP_FP2_TO_G2: address(0x11),
};
const OSAKA: Record<string, Hex> = { P256VERIFY: address(0x100) };

/** The precompiles when these forks are active, sorted by name. */
export function precompilesOf(active: ReadonlySet<string>): Record<string, Hex> {
  const all = {
    ...BEFORE_CANCUN,
    ...(active.has("cancun") ? CANCUN : {}),
    ...(active.has("prague") ? PRAGUE : {}),
    ...(active.has("osaka") ? OSAKA : {}),
  };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}
