/** Puts the rollup on L1: implementation, then proxy, whose constructor initializes it, so nobody can come between. */
import {
  BaseError,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  type Hex,
  http,
  type PublicClient,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { BraidError, bytesToHex } from "../protocol/index.ts";
import { rollupArtifact } from "./artifacts/rollup.ts";
import { rollupProxyArtifact } from "./artifacts/rollupProxy.ts";

export class DeployError extends BraidError {
  constructor(message: string, cause?: unknown) {
    super("ROLLUP_DEPLOY_FAILED", message, {
      retryable: true,
      cause,
      hint: "Check that L1 answers and that the deploying account has ether.",
    });
  }
}

export interface DeployRollupOptions {
  l1Url: string;
  /** Its account posts the batches. */
  sequencerKey: Hex;
  /** Pays for the deployment and owns the rollup unless `owner` says otherwise. Default: the sequencer's key. */
  deployerKey?: Hex;
  /** Default: the deployer. A production rollup is owned by a multisig. */
  owner?: Hex;
  /** May pause. Default: the owner. */
  guardian?: Hex;
  genesis: { stateRoot: Uint8Array; blockHash: Uint8Array };
  /** Milliseconds between looks for a receipt. Default 100. */
  pollingIntervalMs?: number;
}

export interface RollupDeployment {
  /** The proxy: the address to use. */
  rollup: Hex;
  implementation: Hex;
  deployedAtBlock: number;
}

export async function deployRollup(options: DeployRollupOptions): Promise<RollupDeployment> {
  const transport = http(options.l1Url);
  const account = privateKeyToAccount(options.deployerKey ?? options.sequencerKey);
  const pollingInterval = options.pollingIntervalMs ?? 100;
  const reader = createPublicClient({ transport, pollingInterval });
  const wallet = createWalletClient({ account, transport });
  const owner = options.owner ?? account.address;
  try {
    const implementation = await deployed(
      reader,
      await wallet.deployContract({ ...rollupArtifact, args: [], chain: null }),
    );
    const initialization = encodeFunctionData({
      abi: rollupArtifact.abi,
      functionName: "initialize",
      args: [
        owner,
        privateKeyToAccount(options.sequencerKey).address,
        options.guardian ?? owner,
        bytesToHex(options.genesis.stateRoot),
        bytesToHex(options.genesis.blockHash),
      ],
    });
    const proxy = await deployed(
      reader,
      await wallet.deployContract({
        ...rollupProxyArtifact,
        args: [implementation.address, initialization],
        chain: null,
      }),
    );
    return {
      rollup: proxy.address,
      implementation: implementation.address,
      deployedAtBlock: proxy.blockNumber,
    };
  } catch (error) {
    if (error instanceof BraidError) throw error;
    throw new DeployError(error instanceof BaseError ? error.shortMessage : String(error));
  }
}

/** Whether `rollup` is a rollup that starts from this genesis: then a deployment can be used again. */
export async function isRollupDeployed(options: {
  l1Url: string;
  rollup: Hex;
  genesisBatchHash: Uint8Array;
}): Promise<boolean> {
  const reader = createPublicClient({ transport: http(options.l1Url) });
  const code = await reader.getCode({ address: options.rollup });
  if (code === undefined || code === "0x") return false;
  try {
    const genesis = await reader.readContract({
      address: options.rollup,
      abi: rollupArtifact.abi,
      functionName: "batchHash",
      args: [0n],
    });
    return genesis === bytesToHex(options.genesisBatchHash);
  } catch (error) {
    if (error instanceof BaseError && error.name === "ContractFunctionExecutionError") return false;
    throw error;
  }
}

async function deployed(reader: PublicClient, hash: Hex): Promise<{ address: Hex; blockNumber: number }> {
  const receipt = await reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success" || receipt.contractAddress == null) {
    throw new DeployError(`the deployment ${hash} was reverted`);
  }
  return { address: receipt.contractAddress, blockNumber: Number(receipt.blockNumber) };
}
