/** Where each preinstall's creation code is published, and by what deployment its address follows. */
import type { Hex } from "../../protocol/index.ts";

export const CREATE2_DEPLOYER = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
export const SAFE_SINGLETON_FACTORY = "0x914d7Fec6aaC8cd542e72Bca78B30650d45643d7";
const NO_SALT: Hex = `0x${"00".repeat(32)}`;

export interface PreinstallSource {
  name: string;
  package: string;
  file: string;
  /** How the file holds the creation code. */
  form: "artifact" | "binary";
  license: string;
  address: Hex;
  factory: Hex;
  salt: Hex;
  /** Contracts that the constructor makes, by address. */
  makes?: Record<Hex, string>;
  domain?: { name: string; version?: string };
  /** Hash of the runtime code as published elsewhere, where it depends on no chain. */
  knownCodeHash?: Hex;
}

const entryPoint = (
  name: string,
  version: string,
  address: Hex,
  salt: Hex,
  sender: { address: Hex; name: string },
): PreinstallSource => ({
  name,
  package: `@account-abstraction/contracts@${version}`,
  file: "artifacts/EntryPoint.json",
  form: "artifact",
  license: "GPL-3.0",
  address,
  factory: CREATE2_DEPLOYER,
  salt,
  makes: { [sender.address]: sender.name },
});

const safe = (
  version: "1.3.0" | "1.4.1",
  name: string,
  contract: string,
  address: Hex,
  knownCodeHash: Hex,
): PreinstallSource => ({
  name,
  package: `${version === "1.3.0" ? "@gnosis.pm" : "@safe-global"}/safe-contracts@${version}`,
  file: `build/artifacts/contracts/${contract}.json`,
  form: "artifact",
  license: "LGPL-3.0-only",
  address,
  factory: SAFE_SINGLETON_FACTORY,
  salt: NO_SALT,
  knownCodeHash,
});

/** The hashes of the Safe's contracts are those of its list of deployments; the others', of the code on mainnet. */
export const CREATE2_SOURCES: readonly PreinstallSource[] = [
  {
    name: "permit2",
    package: "hardhat-predeploy@0.4.1",
    file: "bin/0x000000000022D473030F116dDEE9F6B43aC78BA3.bytecode",
    form: "binary",
    license: "MIT",
    address: "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    factory: CREATE2_DEPLOYER,
    salt: "0x0000000000000000000000000000000000000000d3af2663da51c10215000000",
    domain: { name: "Permit2" },
  },
  {
    ...entryPoint("entryPointV06", "0.6.0", "0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789", NO_SALT, {
      address: "0x7fc98430eAEdbb6070B35B39D798725049088348",
      name: "senderCreatorV06",
    }),
    knownCodeHash: "0xc93c806e738300b5357ecdc2e971d6438d34d8e4e17b99b758b1f9cac91c8e70",
  },
  {
    ...entryPoint(
      "entryPointV07",
      "0.7.0",
      "0x0000000071727De22E5E9d8BAf0edAc6f37da032",
      "0x90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3",
      { address: "0xEFC2c1444eBCC4Db75e7613d20C6a62fF67A167C", name: "senderCreatorV07" },
    ),
    knownCodeHash: "0x8db5ff695839d655407cc8490bb7a5d82337a86a6b39c3f0258aa6c3b582fc58",
  },
  {
    ...entryPoint(
      "entryPointV08",
      "0.8.0",
      "0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108",
      "0x0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9",
      { address: "0x449ED7C3e6Fee6a97311d4b55475DF59C44AdD33", name: "senderCreatorV08" },
    ),
    domain: { name: "ERC4337", version: "1" },
  },
  safe(
    "1.4.1",
    "safeV141",
    "Safe.sol/Safe",
    "0x41675C099F32341bf84BFc5382aF534df5C7461a",
    "0x1fe2df852ba3299d6534ef416eefa406e56ced995bca886ab7a553e6d0c5e1c4",
  ),
  safe(
    "1.4.1",
    "safeL2V141",
    "SafeL2.sol/SafeL2",
    "0x29fcB43b46531BcA003ddC8FCB67FFE91900C762",
    "0xb1f926978a0f44a2c0ec8fe822418ae969bd8c3f18d61e5103100339894f81ff",
  ),
  safe(
    "1.4.1",
    "safeProxyFactoryV141",
    "proxies/SafeProxyFactory.sol/SafeProxyFactory",
    "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67",
    "0x50c3cdc4074750a7a974204a716c999edd37482f907608d960b2b025ee0b3317",
  ),
  safe(
    "1.4.1",
    "safeFallbackHandlerV141",
    "handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler",
    "0xfd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99",
    "0x7c6007a5d711cea8dfd5d91f5940ec29c7f200fe511eb1fc1397b367af3c42f9",
  ),
  safe(
    "1.4.1",
    "safeMultiSendV141",
    "libraries/MultiSend.sol/MultiSend",
    "0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526",
    "0x0e4f7fc66550a322d1e7688e181b75e217e662a4f3f4d6a29b22bc61217c4b77",
  ),
  safe(
    "1.4.1",
    "safeMultiSendCallOnlyV141",
    "libraries/MultiSendCallOnly.sol/MultiSendCallOnly",
    "0x9641d764fc13c8B624c04430C7356C1C7C8102e2",
    "0xecd5bd14a08c5d2122379900b2f272bdf107a7e92423c10dd5fe3254386c9939",
  ),
  safe(
    "1.4.1",
    "safeCreateCallV141",
    "libraries/CreateCall.sol/CreateCall",
    "0x9b35Af71d77eaf8d7e40252370304687390A1A52",
    "0x2b3060c55fcb8275653e99ad511a71f67ba76934ed66a7d74d6e68b52afff889",
  ),
  safe(
    "1.4.1",
    "safeSignMessageLibV141",
    "libraries/SignMessageLib.sol/SignMessageLib",
    "0xd53cd0aB83D845Ac265BE939c57F53AD838012c9",
    "0x525c754a46b79e05543a59bb61e8de3c9eee0d955a59352409cbe67ea1077528",
  ),
  safe(
    "1.4.1",
    "safeSimulateTxAccessorV141",
    "accessors/SimulateTxAccessor.sol/SimulateTxAccessor",
    "0x3d4BA2E0884aa488718476ca2FB8Efc291A46199",
    "0x91f82615581fc73b190b83d72e883608b25e392f72322035df1b13d51766cf8d",
  ),
  safe(
    "1.3.0",
    "safeV130",
    "GnosisSafe.sol/GnosisSafe",
    "0x69f4D1788e39c87893C980c06EdF4b7f686e2938",
    "0xbba688fbdb21ad2bb58bc320638b43d94e7d100f6f3ebaab0a4e4de6304b1c2e",
  ),
  safe(
    "1.3.0",
    "safeL2V130",
    "GnosisSafeL2.sol/GnosisSafeL2",
    "0xfb1bffC9d739B8D520DaF37dF666da4C687191EA",
    "0x21842597390c4c6e3c1239e434a682b054bd9548eee5e9b1d6a4482731023c0f",
  ),
  safe(
    "1.3.0",
    "safeProxyFactoryV130",
    "proxies/GnosisSafeProxyFactory.sol/GnosisSafeProxyFactory",
    "0xC22834581EbC8527d974F8a1c97E1bEA4EF910BC",
    "0x337d7f54be11b6ed55fef7b667ea5488db53db8320a05d1146aa4bd169a39a9b",
  ),
  safe(
    "1.3.0",
    "safeFallbackHandlerV130",
    "handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler",
    "0x017062a1dE2FE6b99BE3d9d37841FeD19F573804",
    "0x03e69f7ce809e81687c69b19a7d7cca45b6d551ffdec73d9bb87178476de1abf",
  ),
  safe(
    "1.3.0",
    "safeMultiSendV130",
    "libraries/MultiSend.sol/MultiSend",
    "0x998739BFdAAdde7C933B942a68053933098f9EDa",
    "0x81db0e4afdf5178583537b58c5ad403bd47a4ac7f9bde2442ef3e341d433126a",
  ),
  safe(
    "1.3.0",
    "safeMultiSendCallOnlyV130",
    "libraries/MultiSendCallOnly.sol/MultiSendCallOnly",
    "0xA1dabEF33b3B82c7814B6D82A79e50F4AC44102B",
    "0xa9865ac2d9c7a1591619b188c4d88167b50df6cc0c5327fcbd1c8c75f7c066ad",
  ),
];

/** Deployed by a signed transaction that every chain accepts: no chain id in it, nonce 0. */
export const SIGNED_SOURCES = {
  singletonFactory: {
    package: "@safe-global/safe-singleton-factory@2.0.0",
    file: "artifacts/1/deployment.json",
    license: "MIT",
  },
  create2Deployer: {
    package: "hardhat-predeploy@0.4.1",
    file: "src/config.ts",
    license: "MIT",
    /** Nobody's: chosen so that nobody can have the sender's key. */
    signature: { r: `0x${"22".repeat(32)}`, s: `0x${"22".repeat(32)}`, v: 27n },
  },
  multicall3: {
    package: "viem@2.57.1",
    file: "_esm/constants/contracts.js",
    license: "MIT",
    address: "0xcA11bde05977b3631167028862bE2a173976CA11",
    sender: "0x05f32B3cC3888453ff71B01135B34FF8e41263F2",
  },
} as const;
