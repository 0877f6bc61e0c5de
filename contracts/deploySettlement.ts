/**
 * Puts the settlement on L1: verifier, implementations, then proxies, whose constructors initialize them, so nobody can
 * come between. Every address follows from the deployer and its nonce, so L2's genesis can name them before they exist.
 */
import {
  BaseError,
  createPublicClient,
  createWalletClient,
  EstimateGasExecutionError,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  getContractAddress,
  type Hex,
  http,
  type PublicClient,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { BraidError, bytesToHex, EMPTY_BYTES } from "../protocol/index.ts";
import { attestationVerifierArtifact } from "./artifacts/attestationVerifier.ts";
import { l1StandardBridgeArtifact } from "./artifacts/l1StandardBridge.ts";
import { optimismPortalArtifact } from "./artifacts/optimismPortal.ts";
import { rollupArtifact } from "./artifacts/rollup.ts";
import { settlementProxyArtifact } from "./artifacts/settlementProxy.ts";
import { DEVELOPMENT_L1_CHAIN_ID, installDevelopmentContracts } from "./developmentL1.ts";

export class DeployError extends BraidError {
  constructor(message: string, cause?: unknown) {
    super("ROLLUP_DEPLOY_FAILED", message, {
      retryable: true,
      cause,
      hint: "Check that L1 answers and that the deploying account has ether.",
    });
  }
}

/** The addresses to use: proxies, but for the verifier, which is replaced rather than upgraded. */
export interface SettlementAddresses {
  rollup: Hex;
  portal: Hex;
  /** The rollup: it has the oracle's read interface. */
  l2OutputOracle: Hex;
  standardBridge: Hex;
  verifier: Hex;
  /** The portal: it holds the queue of messages. */
  queue: Hex;
}

export interface SettlementImplementations {
  rollup: Hex;
  portal: Hex;
  standardBridge: Hex;
}

export interface SettlementDeployment extends SettlementAddresses {
  implementations: SettlementImplementations;
  /** The first block that can hold an event of the settlement. */
  deployedAtBlock: number;
}

export interface DeploySettlementOptions {
  l1Url: string;
  /** Pays for the deployment, and owns it unless `owner` says otherwise. */
  deployerKey: Hex;
  /** Default: the deployer. A production rollup is owned by a multisig. */
  owner?: Hex;
  /** May pause and revert unproven batches. Default: the owner. */
  guardian?: Hex;
  sequencer: Hex;
  /** `threshold` of them must sign a batch. */
  provers: readonly Hex[];
  /** Default: all of them. */
  threshold?: number;
  genesis: { stateRoot: Uint8Array; blockHash: Uint8Array };
  /** `encodeL2Deployment`: what the genesis is made from, published for whoever rebuilds the chain from L1. */
  l2Deployment?: Uint8Array;
  /** Seconds from a batch's proof until it is final. */
  finalizationPeriodSeconds: number;
  /** Seconds between outputs that wallets may expect. */
  submissionIntervalSeconds: number;
  /** L1 blocks that the sequencer has to include a message; 50 to 50,400. Default 300, an hour of mainnet. */
  inclusionWindowBlocks?: number;
  /** L1 blocks without a batch after which anyone may post. Default 7200, a day of mainnet. */
  silenceWindowBlocks?: number;
  /** Wei that may leave the portal in `seconds`. Default: no limit. */
  withdrawalLimit?: { capacity: bigint; seconds: number };
  /** Addresses that must come out, when something has been built on them already. */
  expected?: SettlementAddresses;
  /** Milliseconds between looks for a receipt. Default 100. */
  pollingIntervalMs?: number;
}

interface Plan {
  addresses: SettlementAddresses;
  implementations: SettlementImplementations;
}

/** What `deploySettlement` would answer now, as long as the deployer sends nothing else. */
export async function predictSettlementAddresses(options: {
  l1Url: string;
  deployer: Hex;
}): Promise<SettlementAddresses> {
  const reader = createPublicClient({ transport: http(options.l1Url) });
  const nonce = await reader.getTransactionCount({ address: options.deployer, blockTag: "pending" });
  return planDeployment(options.deployer, nonce).addresses;
}

/** On a development L1 it puts Multicall3 and the CREATE2 deployer there too. */
export async function deploySettlement(options: DeploySettlementOptions): Promise<SettlementDeployment> {
  const transport = http(options.l1Url);
  const account = privateKeyToAccount(options.deployerKey);
  const reader = createPublicClient({ transport, pollingInterval: options.pollingIntervalMs ?? 100 });
  const wallet = createWalletClient({ account, transport });
  try {
    const chainId = await reader.getChainId();
    if (chainId === DEVELOPMENT_L1_CHAIN_ID) await installDevelopmentContracts(options.l1Url);
    const nonce = await reader.getTransactionCount({ address: account.address, blockTag: "pending" });
    const plan = planDeployment(account.address, nonce);
    checkExpected(plan.addresses, options.expected);
    let next = nonce;
    const send = async (data: Hex, gas?: bigint) => {
      const options = gas === undefined ? {} : { gas };
      return wallet.sendTransaction({ data, nonce: next++, account, chain: null, ...options });
    };
    const { logic, proxies } = deploymentSteps(options, plan, options.owner ?? account.address);
    const hashes: Hex[] = [];
    for (const data of logic) hashes.push(await send(data));
    // The gas of a proxy's constructor can be estimated only where its implementation is: in the state after the
    // waiting transactions, if the node shows it; else when they are mined.
    const gas = await Promise.all(proxies.map((data) => pendingGas(reader, account.address, data)));
    if (gas.includes(undefined)) await firstBlock(reader, hashes);
    for (const [index, data] of proxies.entries()) hashes.push(await send(data, gas[index]));
    const deployedAtBlock = await firstBlock(reader, hashes);
    return { ...plan.addresses, implementations: plan.implementations, deployedAtBlock };
  } catch (error) {
    if (error instanceof BraidError) throw error;
    throw new DeployError(error instanceof BaseError ? error.shortMessage : String(error), error);
  }
}

/** Whether `rollup` is a rollup that starts from this genesis: then a deployment can be used again. */
export async function isSettlementDeployed(options: {
  l1Url: string;
  rollup: Hex;
  genesis: { stateRoot: Uint8Array; blockHash: Uint8Array };
}): Promise<boolean> {
  const reader = createPublicClient({ transport: http(options.l1Url) });
  const code = await reader.getCode({ address: options.rollup });
  if (code === undefined || code === "0x") return false;
  const zero = bytesToHex(new Uint8Array(32));
  const contract = { address: options.rollup, abi: rollupArtifact.abi } as const;
  const header = {
    number: 0n,
    previousHash: zero,
    firstBlock: 0n,
    lastBlock: 0n,
    postStateRoot: bytesToHex(options.genesis.stateRoot),
    lastBlockHash: bytesToHex(options.genesis.blockHash),
    outputRoot: zero,
    l1OriginNumber: 0n,
    l1OriginHash: zero,
    messagesConsumed: 0n,
  };
  try {
    const [found, wanted] = await Promise.all([
      reader.readContract({ ...contract, functionName: "batchHash", args: [0n] }),
      reader.readContract({ ...contract, functionName: "hashBatch", args: [header, zero, zero] }),
    ]);
    return found === wanted;
  } catch (error) {
    if (error instanceof BaseError && error.name === "ContractFunctionExecutionError") return false;
    throw error;
  }
}

function planDeployment(deployer: Hex, nonce: number): Plan {
  const at = (step: number) => getContractAddress({ from: deployer, nonce: BigInt(nonce + step) });
  const [rollup, portal, standardBridge] = [at(4), at(5), at(6)];
  return {
    addresses: {
      rollup,
      portal,
      l2OutputOracle: rollup,
      standardBridge,
      verifier: at(0),
      queue: portal,
    },
    implementations: { rollup: at(1), portal: at(2), standardBridge: at(3) },
  };
}

/** Creation code in the order of its nonces; `planDeployment` counts on it. */
function deploymentSteps(
  options: DeploySettlementOptions,
  plan: Plan,
  owner: Hex,
): { logic: Hex[]; proxies: Hex[] } {
  const { addresses, implementations } = plan;
  const threshold = BigInt(options.threshold ?? options.provers.length);
  const proxy = (implementation: Hex, initialization: Hex) =>
    encodeDeployData({ ...settlementProxyArtifact, args: [implementation, initialization] });
  const logic = [
    encodeDeployData({ ...attestationVerifierArtifact, args: [owner, [...options.provers], threshold] }),
    encodeDeployData({ ...rollupArtifact }),
    encodeDeployData({ ...optimismPortalArtifact }),
    encodeDeployData({ ...l1StandardBridgeArtifact }),
  ];
  const proxies = [
    proxy(implementations.rollup, initializeRollup(options, addresses, owner)),
    proxy(implementations.portal, initializePortal(options, addresses, owner)),
    proxy(
      implementations.standardBridge,
      encodeFunctionData({
        abi: l1StandardBridgeArtifact.abi,
        functionName: "initialize",
        args: [owner, addresses.portal],
      }),
    ),
  ];
  return { logic, proxies };
}

function initializeRollup(options: DeploySettlementOptions, addresses: SettlementAddresses, owner: Hex): Hex {
  return encodeFunctionData({
    abi: rollupArtifact.abi,
    functionName: "initialize",
    args: [
      {
        owner,
        guardian: options.guardian ?? owner,
        sequencer: options.sequencer,
        queue: addresses.queue,
        verifier: addresses.verifier,
        genesisStateRoot: bytesToHex(options.genesis.stateRoot),
        genesisBlockHash: bytesToHex(options.genesis.blockHash),
        finalizationPeriodSeconds: BigInt(options.finalizationPeriodSeconds),
        silenceWindow: BigInt(options.silenceWindowBlocks ?? 7200),
        submissionInterval: BigInt(options.submissionIntervalSeconds),
        l2Deployment: bytesToHex(options.l2Deployment ?? EMPTY_BYTES),
      },
    ],
  });
}

function initializePortal(options: DeploySettlementOptions, addresses: SettlementAddresses, owner: Hex): Hex {
  return encodeFunctionData({
    abi: optimismPortalArtifact.abi,
    functionName: "initialize",
    args: [
      {
        owner,
        guardian: options.guardian ?? owner,
        rollup: addresses.rollup,
        inclusionWindow: BigInt(options.inclusionWindowBlocks ?? 300),
        limitCapacity: options.withdrawalLimit?.capacity ?? 0n,
        limitPeriod: BigInt(options.withdrawalLimit?.seconds ?? 0),
      },
    ],
  });
}

function checkExpected(planned: SettlementAddresses, expected: SettlementAddresses | undefined): void {
  if (expected === undefined) return;
  for (const name of Object.keys(planned) as (keyof SettlementAddresses)[]) {
    if (getAddress(planned[name]) !== getAddress(expected[name])) {
      throw new DeployError(`${name} would be ${planned[name]}, expected ${expected[name]}`);
    }
  }
}

/** Undefined when it reverts on the node's pending state. */
async function pendingGas(reader: PublicClient, account: Hex, data: Hex): Promise<bigint | undefined> {
  try {
    return await reader.estimateGas({ account, data, blockTag: "pending" });
  } catch (error) {
    if (error instanceof EstimateGasExecutionError) return undefined;
    throw error;
  }
}

async function firstBlock(reader: PublicClient, hashes: readonly Hex[]): Promise<number> {
  const blocks = await Promise.all(
    hashes.map(async (hash) => {
      const receipt = await reader.waitForTransactionReceipt({ hash });
      if (receipt.status !== "success" || receipt.contractAddress == null) {
        throw new DeployError(`the deployment ${hash} was reverted`);
      }
      return Number(receipt.blockNumber);
    }),
  );
  return Math.min(...blocks);
}
