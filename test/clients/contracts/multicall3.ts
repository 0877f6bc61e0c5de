import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Hex } from "viem";

/** Multicall3's creation code, which viem carries for its deployless calls but does not export. */
export function multicall3Bytecode(): Hex {
  const require = createRequire(import.meta.url);
  const viem = dirname(require.resolve("viem/package.json"));
  const constants: { multicall3Bytecode: Hex } = require(join(viem, "_cjs/constants/contracts.js"));
  return constants.multicall3Bytecode;
}
