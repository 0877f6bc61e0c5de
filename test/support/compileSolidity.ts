import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Abi, Hex } from "viem";
import { BraidError } from "../../protocol/index.ts";

export interface CompiledContract {
  abi: Abi;
  bytecode: Hex;
  runtimeBytecode: Hex;
}

interface SolcOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<
    string,
    Record<string, { abi: Abi; evm: { bytecode: { object: string }; deployedBytecode: { object: string } } }>
  >;
}

/** Compiles one source with npm's solc; imports are taken from node_modules. Answers its contracts by name. */
export function compileSolidity(source: string): Record<string, CompiledContract> {
  const require = createRequire(import.meta.url);
  const solc = require("solc") as { compile(input: string, callbacks: object): string };
  const input = {
    language: "Solidity",
    sources: { "Test.sol": { content: source } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: "cancun",
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
    },
  };
  const load = (path: string) => ({ contents: readFileSync(require.resolve(path), "utf8") });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: load })) as SolcOutput;
  const failed = output.errors?.filter(({ severity }) => severity === "error") ?? [];
  if (failed.length > 0) {
    const message = failed.map(({ formattedMessage }) => formattedMessage).join("\n");
    throw new BraidError("SOLC_FAILED", message);
  }
  const compiled: Record<string, CompiledContract> = {};
  for (const [name, { abi, evm }] of Object.entries(output.contracts?.["Test.sol"] ?? {})) {
    const bytecode: Hex = `0x${evm.bytecode.object}`;
    compiled[name] = { abi, bytecode, runtimeBytecode: `0x${evm.deployedBytecode.object}` };
  }
  return compiled;
}
