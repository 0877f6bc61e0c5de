/**
 * `npx tsx contracts/preinstalls/build.ts`: takes the creation code of each preinstall from the package that publishes
 * it, proves that its address follows from that code, runs it, and writes what it leaves to `artifacts/preinstalls/`.
 * Run at development time only; genesis reads the artifacts.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import {
  getContractAddress,
  getCreate2Address,
  isAddressEqual,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  serializeTransaction,
  type TransactionSerialized,
} from "viem";
import { BraidError, bytesToHex, type Hex, hexToBytes } from "../../protocol/index.ts";
import { chainWord } from "./chainWord.ts";
import { openNpmPackage } from "./npmPackage.ts";
import type { ChainWord, Preinstall } from "./preinstall.ts";
import { type Deployed, runCreate, runCreate2 } from "./runDeployment.ts";
import {
  CREATE2_DEPLOYER,
  CREATE2_SOURCES,
  type PreinstallSource,
  SAFE_SINGLETON_FACTORY,
  SIGNED_SOURCES,
} from "./sources.ts";

/** Two chains apart in every byte that matters: what differs between them depends on the chain. */
const CHAIN_IDS = [0x11_2233_4455, 0x66_7788_99aa] as const;
const FOLDER = new URL("../artifacts/preinstalls/", import.meta.url);

const packages = new Map<string, (file: string) => Buffer>();

function read(spec: string, file: string): Buffer {
  const open = packages.get(spec) ?? openNpmPackage(spec);
  packages.set(spec, open);
  return open(file);
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new BraidError("PREINSTALL_NOT_PROVEN", message);
}

function initCodeOf(source: PreinstallSource): Uint8Array {
  const contents = read(source.package, source.file);
  if (source.form === "binary") return contents;
  return hexToBytes((JSON.parse(contents.toString("utf8")) as { bytecode: Hex }).bytecode);
}

async function buildCreate2(source: PreinstallSource): Promise<Preinstall[]> {
  const initCode = initCodeOf(source);
  const initCodeHash = keccak256(initCode);
  const derived = getCreate2Address({ from: source.factory, salt: source.salt, bytecodeHash: initCodeHash });
  check(isAddressEqual(derived, source.address), `${source.name}: its code belongs at ${derived}`);
  const run = (chainId: number) =>
    runCreate2({ chainId, factory: source.factory, salt: source.salt, initCode });
  const [first, second] = [await run(CHAIN_IDS[0]), await run(CHAIN_IDS[1])];
  return first.map((deployed) => {
    const name = isAddressEqual(deployed.address, source.address) ? source.name : nameOf(source, deployed);
    const other = second.find(({ address }) => address === deployed.address);
    if (other === undefined) throw new BraidError("PREINSTALL_NOT_PROVEN", `${name} is not on every chain`);
    const preinstall = describe(source, name, deployed, other);
    if (name !== source.name) return preinstall;
    const known = source.knownCodeHash;
    check(known === undefined || known === preinstall.codeHash, `${name}: unexpected code hash`);
    return { ...preinstall, create2: { deployer: source.factory, salt: source.salt, initCodeHash } };
  });
}

function nameOf(source: PreinstallSource, deployed: Deployed): string {
  const entry = Object.entries(source.makes ?? {}).find(([address]) =>
    isAddressEqual(address as Hex, deployed.address),
  );
  if (entry === undefined) {
    throw new BraidError("PREINSTALL_NOT_PROVEN", `${source.name} also made ${deployed.address}`);
  }
  return entry[1];
}

function describe(
  source: Pick<PreinstallSource, "package" | "file" | "license" | "domain">,
  name: string,
  deployed: Deployed,
  other: Deployed,
): Preinstall {
  const template = deployed.code.slice();
  const filled = deployed.code.slice();
  const chainWords: { offset: number; value: ChainWord }[] = [];
  for (const value of ["chainId", "domainSeparator"] as const) {
    if (value === "domainSeparator" && source.domain === undefined) continue;
    const context = { address: deployed.address, domain: source.domain };
    const [word, otherWord] = CHAIN_IDS.map((chainId) => chainWord(value, { ...context, chainId }));
    if (word === undefined || otherWord === undefined) continue;
    for (let at = indexOf(template, word); at >= 0; at = indexOf(template, word)) {
      chainWords.push({ offset: at, value });
      template.fill(0, at, at + 32);
      filled.set(otherWord, at);
    }
  }
  check(Buffer.from(filled).equals(Buffer.from(other.code)), `${name}: code depends on the chain elsewhere`);
  check(
    JSON.stringify(deployed.storage) === JSON.stringify(other.storage),
    `${name}: storage depends on the chain`,
  );
  return {
    name,
    address: deployed.address,
    source: { package: source.package, file: source.file, license: source.license },
    codeHash: keccak256(template),
    code: bytesToHex(template),
    chainWords,
    ...(chainWords.length > 0 && source.domain !== undefined ? { domain: source.domain } : {}),
    nonce: deployed.nonce,
    storage: deployed.storage,
  };
}

function indexOf(code: Uint8Array, word: Uint8Array): number {
  return Buffer.from(code).indexOf(word);
}

async function buildSigned(): Promise<Preinstall[]> {
  const [chainId, otherChainId] = CHAIN_IDS;
  const deploy = async (name: string, sender: Hex, initCode: Uint8Array, source: Preinstall["source"]) => {
    const [deployed] = await runCreate({ chainId, sender, initCode });
    const [other] = await runCreate({ chainId: otherChainId, sender, initCode });
    if (deployed === undefined || other === undefined) {
      throw new BraidError("PREINSTALL_NOT_PROVEN", `${name} left no contract`);
    }
    return describe(source, name, deployed, other);
  };

  const { singletonFactory, create2Deployer, multicall3 } = SIGNED_SOURCES;
  const signed = JSON.parse(read(singletonFactory.package, singletonFactory.file).toString("utf8"));
  const transaction = parseTransaction(signed.transaction);
  const sender = await recoverTransactionAddress({
    serializedTransaction: signed.transaction as TransactionSerialized,
  });
  const address = getContractAddress({ from: sender, nonce: BigInt(transaction.nonce ?? 0) });
  check(isAddressEqual(address, SAFE_SINGLETON_FACTORY), `the singleton factory belongs at ${address}`);
  const factory = await deploy("safeSingletonFactory", sender, hexToBytes(transaction.data ?? "0x"), {
    package: singletonFactory.package,
    file: singletonFactory.file,
    license: singletonFactory.license,
  });

  const code = factory.code.slice(2);
  const text = read(create2Deployer.package, create2Deployer.file).toString("utf8");
  check(text.includes(`"0x${code}"`), "the CREATE2 deployer is not the singleton factory's code");
  const { gas, gasPrice, data, value } = transaction;
  const chosen = serializeTransaction(
    { type: "legacy", gas, gasPrice, data, value, nonce: 0 },
    create2Deployer.signature,
  );
  const nobody = await recoverTransactionAddress({ serializedTransaction: chosen as TransactionSerialized });
  const deployer = getContractAddress({ from: nobody, nonce: 0n });
  check(isAddressEqual(deployer, CREATE2_DEPLOYER), `the CREATE2 deployer belongs at ${deployer}`);

  const creation = /multicall3Bytecode =\s*'(0x[0-9a-f]+)'/.exec(
    read(multicall3.package, multicall3.file).toString("utf8"),
  )?.[1];
  if (creation === undefined) throw new BraidError("PREINSTALL_SOURCE_MISSING", "viem has no Multicall3");
  const place = getContractAddress({ from: multicall3.sender, nonce: 0n });
  check(isAddressEqual(place, multicall3.address), `Multicall3 belongs at ${place}`);
  return [
    factory,
    {
      ...factory,
      name: "create2Deployer",
      address: CREATE2_DEPLOYER,
      source: {
        package: create2Deployer.package,
        file: create2Deployer.file,
        license: create2Deployer.license,
      },
    },
    await deploy("multicall3", multicall3.sender, hexToBytes(creation), {
      package: multicall3.package,
      file: multicall3.file,
      license: multicall3.license,
    }),
  ];
}

const all = [...(await buildSigned()), ...(await Promise.all(CREATE2_SOURCES.map(buildCreate2))).flat()];
mkdirSync(FOLDER, { recursive: true });
const head = "// Generated by contracts/preinstalls/build.ts; do not edit.\n";
for (const preinstall of all) {
  const type = 'import type { Preinstall } from "../../preinstalls/preinstall.ts";\n\n';
  const body = `export const ${preinstall.name}: Preinstall = ${JSON.stringify(preinstall, null, 2)};\n`;
  writeFileSync(new URL(`${preinstall.name}.ts`, FOLDER), `${head}${type}${body}`);
  process.stdout.write(
    `${preinstall.name} ${preinstall.address} ${(preinstall.code.length - 2) / 2} bytes\n`,
  );
}
const names = all.map(({ name }) => name).sort();
const imports = names.map((name) => `import { ${name} } from "./${name}.ts";\n`).join("");
writeFileSync(
  new URL("index.ts", FOLDER),
  `${head}import type { Preinstall } from "../../preinstalls/preinstall.ts";\n${imports}\nexport const preinstalls: readonly Preinstall[] = [\n${names.map((name) => `  ${name},\n`).join("")}];\n`,
);
