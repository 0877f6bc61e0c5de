/** What the tests of the settlement share: its accounts on Anvil, a deployment, and senders that check receipts. */
import {
  type Abi,
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createTestClient,
  createWalletClient,
  decodeErrorResult,
  encodeDeployData,
  getAddress,
  type Hex,
  http,
  isHex,
  RpcRequestError,
  type TransactionReceipt,
  zeroAddress,
} from "viem";
import { type HDAccount, mnemonicToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { BraidError, bytesToHex, hexToBytes } from "../../protocol/index.ts";
import { attestationVerifierArtifact } from "../artifacts/attestationVerifier.ts";
import { l1StandardBridgeArtifact } from "../artifacts/l1StandardBridge.ts";
import { optimismPortalArtifact } from "../artifacts/optimismPortal.ts";
import { rollupArtifact } from "../artifacts/rollup.ts";
import { testTargetArtifact } from "../artifacts/testTarget.ts";
import { testTokenArtifact } from "../artifacts/testToken.ts";
import { deploySettlement, type SettlementDeployment } from "../deploySettlement.ts";

export const word = (byte: string): Hex => `0x${byte.repeat(32)}`;
export const GENESIS = { stateRoot: hexToBytes(word("11")), blockHash: hexToBytes(word("22")) };
export const PAUSE = {
  commit: 0,
  prove: 1,
  finalize: 2,
  deposit: 3,
  proveWithdrawal: 4,
  withdraw: 5,
} as const;
export const ETHER = 10n ** 18n;
export const SETTINGS = {
  finalizationPeriodSeconds: 3_600,
  submissionIntervalSeconds: 12,
  inclusionWindowBlocks: 50,
  silenceWindowBlocks: 100,
  withdrawalLimit: { capacity: 100n * ETHER, seconds: 86_400 },
} as const;

const ROLES = [
  "deployer",
  "sequencer",
  "guardian",
  "prover1",
  "prover2",
  "prover3",
  "user",
  "stranger",
] as const;
export type Accounts = Record<(typeof ROLES)[number], HDAccount>;

export function accountsOf(mnemonic: string): Accounts {
  const entries = ROLES.map((role, addressIndex) => [role, mnemonicToAccount(mnemonic, { addressIndex })]);
  return Object.fromEntries(entries) as Accounts;
}

export function keyOf(account: HDAccount): Hex {
  return bytesToHex(account.getHdKey().privateKey ?? new Uint8Array());
}

export type Fixture = Awaited<ReturnType<typeof createFixture>>;

/** A call to one of the settlement's contracts. */
export interface Call {
  address: Hex;
  abi: Abi | readonly unknown[];
  functionName: string;
  args?: readonly unknown[];
  value?: bigint;
  gas?: bigint;
  blockTag?: "pending";
}

interface Artifact {
  abi: readonly unknown[];
  bytecode: Hex;
}

export async function createFixture(l1Url: string, mnemonic: string) {
  const accounts = accountsOf(mnemonic);
  // A node that sees its first blob takes its time.
  const transport = http(l1Url, { timeout: 60_000 });
  const chain = foundry;
  const reader = createPublicClient({
    chain,
    transport,
    pollingInterval: 20,
    cacheTime: 0,
    batch: { multicall: { deployless: true } },
  });
  const control = createTestClient({ chain, transport, mode: "anvil" });
  const wallet = createWalletClient({ chain, transport });
  await control.setIntervalMining({ interval: 0 });
  await control.setAutomine(true);
  // Above the deposit market's least price, so that deposits mostly cost what they use.
  await control.mine({ blocks: 3 });
  const deployment = await deploySettlement({
    l1Url,
    deployerKey: keyOf(accounts.deployer),
    guardian: accounts.guardian.address,
    sequencer: accounts.sequencer.address,
    provers: [accounts.prover1, accounts.prover2, accounts.prover3].map((a) => a.address),
    threshold: 2,
    genesis: GENESIS,
    pollingIntervalMs: 20,
    ...SETTINGS,
  });

  const callOf = (account: HDAccount, call: Call) => ({ ...call, account, chain }) as never;
  /** Sends the call; throws unless it succeeds. */
  const sends = async (account: HDAccount, call: Call): Promise<TransactionReceipt> => {
    const hash = await wallet.writeContract(callOf(account, call));
    const receipt = await reader.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new FixtureError(`${call.functionName} was reverted`);
    return receipt;
  };
  /** `name(arguments)` of the refusal, were the call in the next block. */
  const refuses = (account: HDAccount, call: Call) =>
    refusal(reader.simulateContract(callOf(account, { ...call, blockTag: "pending" })));
  /** As `refuses`, of a contract's creation. */
  const refusesCreation = (artifact: Artifact, args: readonly unknown[] = []) =>
    refusal(
      reader.call({
        account: accounts.stranger,
        data: encodeDeployData({ ...artifact, args } as never),
        blockTag: "pending",
      }),
    );
  const deploys = async (artifact: Artifact, args: readonly unknown[] = []) => {
    const request = { ...artifact, args, account: accounts.deployer, chain } as never;
    const hash = await wallet.deployContract(request);
    return getAddress((await reader.waitForTransactionReceipt({ hash })).contractAddress ?? zeroAddress);
  };
  /** Moves L1's clock on and makes a block there. */
  const passes = async (seconds: number) => {
    const { timestamp } = await reader.getBlock();
    await control.setNextBlockTimestamp({ timestamp: timestamp + BigInt(seconds) });
    await control.mine({ blocks: 1 });
  };
  return {
    l1Url,
    accounts,
    reader,
    control,
    wallet,
    deployment,
    contracts: contractsOf(deployment),
    sends,
    refuses,
    refusesCreation,
    deploys,
    deployTarget: () => deploys(testTargetArtifact),
    deployToken: (fee = 0n) => deploys(testTokenArtifact, [fee]),
    passes,
  };
}

export class FixtureError extends BraidError {
  constructor(message: string) {
    super("FIXTURE_FAILED", message);
  }
}

function contractsOf(deployment: SettlementDeployment) {
  return {
    rollup: { address: deployment.rollup, abi: rollupArtifact.abi },
    portal: { address: deployment.portal, abi: optimismPortalArtifact.abi },
    bridge: { address: deployment.standardBridge, abi: l1StandardBridgeArtifact.abi },
    verifier: { address: deployment.verifier, abi: attestationVerifierArtifact.abi },
  } as const;
}

const EVERY_ERROR = [
  ...rollupArtifact.abi,
  ...optimismPortalArtifact.abi,
  ...l1StandardBridgeArtifact.abi,
  ...attestationVerifierArtifact.abi,
  ...testTokenArtifact.abi,
].filter((item) => item.type === "error");

/** `name(arguments)` of the custom error, or the text, that the step was reverted with. */
export async function refusal(step: Promise<unknown>): Promise<string> {
  try {
    await step;
  } catch (error) {
    const data = revertData(error);
    if (data === undefined) throw error;
    if (data === "0x") return "no reason";
    const { errorName, args } = decodeErrorResult({ abi: EVERY_ERROR as Abi, data });
    return errorName === "Error" ? String(args?.[0]) : `${errorName}(${(args ?? []).join(",")})`;
  }
  return "not refused";
}

function revertData(error: unknown): Hex | undefined {
  let data: Hex | undefined;
  if (!(error instanceof BaseError)) return undefined;
  error.walk((cause) => {
    if (cause instanceof ContractFunctionRevertedError) data ??= cause.raw ?? "0x";
    else if (cause instanceof RpcRequestError && isHex(cause.data)) data ??= cause.data;
    return false;
  });
  return data;
}
