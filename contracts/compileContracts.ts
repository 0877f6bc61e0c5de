/**
 * Solidity to artifacts. Run time never compiles: the artifacts are committed, and a test compiles again and compares.
 * The source hash covers every file that went into the compilation, OpenZeppelin's included.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { BraidError } from "../protocol/index.ts";

export interface CompiledContract {
  name: string;
  sourceHash: string;
  abi: unknown[];
  bytecode: string;
  /** Length of its code on chain. */
  codeBytes: number;
  /** Only of predeploys: genesis puts them in place without their constructor. */
  deployedBytecode?: string;
  storageLayout: { label: string; slot: string; offset: number; type: string }[];
  /** Only where it is asked for: the members of each struct, as `slot:offset label (type)`. */
  structs?: Record<string, string[]>;
}

type StorageVariable = CompiledContract["storageLayout"][number];

export class CompileError extends BraidError {
  constructor(message: string) {
    super("CONTRACT_COMPILE_FAILED", message);
  }
}

interface SolcOutput {
  errors?: { severity: string; errorCode?: string; formattedMessage: string }[];
  contracts: Record<
    string,
    Record<
      string,
      {
        abi: unknown[];
        evm: { bytecode: { object: string }; deployedBytecode: { object: string } };
        storageLayout: {
          storage: StorageVariable[];
          types: Record<string, { label: string; members?: StorageVariable[] }> | null;
        };
      }
    >
  >;
}

interface Solc {
  version(): string;
  compile(
    input: string,
    callbacks: { import: (path: string) => { contents: string } | { error: string } },
  ): string;
}

/** Paths are relative to this room. */
const L1_SOURCES = [
  "src/l1/AttestationVerifier.sol",
  "src/l1/L1StandardBridge.sol",
  "src/l1/OptimismPortal.sol",
  "src/l1/Rollup.sol",
  "src/l1/SettlementProxy.sol",
  "src/l1/test/NamespacedStorage.sol",
  "src/l1/test/TestTarget.sol",
  "src/l1/test/TestToken.sol",
];

/** Those that are put into the genesis of L2, or made there. Compiled apart: neither layer's change touches the other. */
const L2_SOURCES = [
  "src/l2/GasPriceOracle.sol",
  "src/l2/L1Block.sol",
  "src/l2/L2StandardBridge.sol",
  "src/l2/L2ToL1MessagePasser.sol",
  "src/l2/OptimismMintableERC20.sol",
  "src/l2/OptimismMintableERC20Factory.sol",
  "src/l2/SequencerFeeVault.sol",
  "src/l2/test/HostileToken.sol",
  "src/l2/test/PlainToken.sol",
];

const PREDEPLOYS = new Set(
  L2_SOURCES.filter((path) => !path.includes("/test/") && !path.endsWith("/OptimismMintableERC20.sol")),
);

/** Those whose artifact says how the structs of their storage are laid out. */
const STRUCT_LAYOUTS = new Set(["src/l1/test/NamespacedStorage.sol"]);

/** "Transient storage can break composability": said of OpenZeppelin's guard, which clears its slot. */
const TRANSIENT_STORAGE_WARNING = "2394";

const SETTINGS = {
  optimizer: { enabled: true, runs: 10_000 },
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none" },
  outputSelection: {
    "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "storageLayout"] },
  },
};

export function compileContracts(): CompiledContract[] {
  return [...compileSources(L1_SOURCES), ...compileSources(L2_SOURCES)];
}

function compileSources(paths: string[]): CompiledContract[] {
  const require = createRequire(import.meta.url);
  const solc = require("solc") as Solc;
  const read = new Map<string, string>();
  const load = (path: string): string => {
    const file = path.startsWith("@") ? require.resolve(path) : fileURLToPath(new URL(path, import.meta.url));
    const contents = readFileSync(file, "utf8");
    read.set(path, contents);
    return contents;
  };
  const sources = Object.fromEntries(paths.map((path) => [path, { content: load(path) }]));
  const input = JSON.stringify({ language: "Solidity", sources, settings: SETTINGS });
  const output = JSON.parse(
    solc.compile(input, { import: (path) => ({ contents: load(path) }) }),
  ) as SolcOutput;
  const problems = (output.errors ?? []).filter((e) => e.errorCode !== TRANSIENT_STORAGE_WARNING);
  if (problems.length > 0) throw new CompileError(problems.map((e) => e.formattedMessage).join("\n"));

  const sourceHash = hashSources(solc.version(), read);
  return paths.map((path) => {
    const name = path.replace(/^.*\//, "").replace(".sol", "");
    const contract = output.contracts[path]?.[name];
    if (contract === undefined) throw new CompileError(`${path} does not define ${name}`);
    return {
      name,
      sourceHash,
      abi: contract.abi,
      bytecode: `0x${contract.evm.bytecode.object}`,
      codeBytes: contract.evm.deployedBytecode.object.length / 2,
      ...(PREDEPLOYS.has(path) ? { deployedBytecode: `0x${contract.evm.deployedBytecode.object}` } : {}),
      storageLayout: contract.storageLayout.storage.map(({ label, slot, offset, type }) => ({
        label,
        slot,
        offset,
        type,
      })),
      ...(STRUCT_LAYOUTS.has(path) ? { structs: structLayouts(contract.storageLayout.types ?? {}) } : {}),
    };
  });
}

function structLayouts(
  types: Record<string, { label: string; members?: StorageVariable[] }>,
): Record<string, string[]> {
  const structs = Object.values(types).flatMap(({ label, members }) =>
    members === undefined
      ? []
      : [[label.replace(/^struct /, ""), members.map((member) => memberText(member, types))] as const],
  );
  return Object.fromEntries(structs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function memberText(
  { slot, offset, label, type }: StorageVariable,
  types: Record<string, { label: string }>,
): string {
  return `${slot}:${offset} ${label} (${types[type]?.label ?? type})`;
}

function hashSources(compiler: string, read: Map<string, string>): string {
  const hash = createHash("sha256").update(compiler).update(JSON.stringify(SETTINGS));
  for (const [path, contents] of [...read].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\0${path}\0${contents}`);
  }
  return hash.digest("hex");
}

/** The artifact as the TypeScript module that is committed. */
export function renderArtifact(contract: CompiledContract): string {
  const constant = contract.name.charAt(0).toLowerCase() + contract.name.slice(1);
  const deployed =
    contract.deployedBytecode === undefined
      ? ""
      : `\n  deployedBytecode: ${JSON.stringify(contract.deployedBytecode)},`;
  const structs =
    contract.structs === undefined ? "" : `\n  structs: ${JSON.stringify(contract.structs, null, 2)},`;
  return `// Generated by contracts/compile.ts; do not edit.
export const ${constant}Artifact = {
  sourceHash: ${JSON.stringify(contract.sourceHash)},
  abi: ${JSON.stringify(contract.abi, null, 2)},
  bytecode: ${JSON.stringify(contract.bytecode)},${deployed}
  storageLayout: ${JSON.stringify(contract.storageLayout, null, 2)},${structs}
} as const;
`;
}

export function artifactFile(contract: CompiledContract): URL {
  const file = contract.name.charAt(0).toLowerCase() + contract.name.slice(1);
  return new URL(`artifacts/${file}.ts`, import.meta.url);
}
