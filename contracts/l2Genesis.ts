/**
 * The genesis of L2, from what its deployment on L1 says of it: money, the system contracts, the predeploys at the OP
 * Stack's addresses, and the contracts that users of any chain expect. A pure function: whoever has the deployment has
 * the genesis block. Predeploys are configured by storage; each slot written here is what the contract's constructor
 * would have left (`l2Genesis.test.ts` compares).
 */
import {
  BraidError,
  bigIntToBytes,
  bytesToHex,
  EMPTY_BYTES,
  FEE_VAULT_ADDRESS,
  type Genesis,
  type GenesisAccount,
  type Hex,
  hexToBytes,
  keccak256,
  padTo32,
  systemContracts,
} from "../protocol/index.ts";
import { gasPriceOracleArtifact } from "./artifacts/gasPriceOracle.ts";
import { l1BlockArtifact } from "./artifacts/l1Block.ts";
import { l2StandardBridgeArtifact } from "./artifacts/l2StandardBridge.ts";
import { l2ToL1MessagePasserArtifact } from "./artifacts/l2ToL1MessagePasser.ts";
import { optimismMintableERC20FactoryArtifact } from "./artifacts/optimismMintableERC20Factory.ts";
import { preinstalls } from "./artifacts/preinstalls/index.ts";
import { sequencerFeeVaultArtifact } from "./artifacts/sequencerFeeVault.ts";
import type { L2Deployment } from "./l2Deployment.ts";
import { chainWord } from "./preinstalls/chainWord.ts";
import type { Preinstall } from "./preinstalls/preinstall.ts";

export const PREDEPLOYS = {
  gasPriceOracle: "0x420000000000000000000000000000000000000F",
  l2StandardBridge: "0x4200000000000000000000000000000000000010",
  sequencerFeeVault: "0x4200000000000000000000000000000000000011",
  optimismMintableERC20Factory: "0x4200000000000000000000000000000000000012",
  l1Block: "0x4200000000000000000000000000000000000015",
  l2ToL1MessagePasser: "0x4200000000000000000000000000000000000016",
} as const;

export class L2GenesisError extends BraidError {
  constructor(message: string) {
    super("L2_GENESIS_INVALID", message);
  }
}

/** Throws L2GenesisError. */
export function l2Genesis(deployment: L2Deployment): Genesis {
  checkNumbers(deployment);
  const { chainId, gasLimit, baseFeeFloor, baseFeeElasticity, baseFeeChangeDenominator } = deployment;
  const accounts = [
    ...deployment.balances.map(({ address, balance }) => ({
      ...account(address, EMPTY_BYTES, 0n),
      balance,
    })),
    ...systemContracts(),
    ...predeployAccounts(deployment),
    ...preinstallAccounts(chainId),
  ].sort((a, b) => Buffer.compare(a.address, b.address));
  for (const [index, { address }] of accounts.entries()) {
    const before = accounts[index - 1];
    if (before !== undefined && Buffer.compare(before.address, address) === 0) {
      throw new L2GenesisError(`${bytesToHex(address)} is in the genesis twice`);
    }
  }
  return {
    config: {
      chainId,
      gasLimit,
      baseFeeFloor,
      baseFeeElasticity,
      baseFeeChangeDenominator,
      feeRecipient: FEE_VAULT_ADDRESS,
    },
    timestamp: deployment.timestamp,
    extraData: EMPTY_BYTES,
    accounts,
  };
}

/** Also for a development L1: what it holds can be put in place there by `anvil_setCode`. */
export function preinstallAccounts(chainId: number): GenesisAccount[] {
  return preinstalls.map((preinstall) => ({
    ...account(preinstall.address, preinstallCode(preinstall, chainId), BigInt(preinstall.nonce)),
    storage: preinstall.storage.map(({ slot, value }) => ({
      slot: hexToBytes(slot),
      value: hexToBytes(value),
    })),
  }));
}

function predeployAccounts({ l1StandardBridge, feeVault }: L2Deployment): GenesisAccount[] {
  const bridge = addressValue(l1StandardBridge, "l1StandardBridge");
  const recipient = addressValue(feeVault.recipient, "feeVault.recipient");
  const vault = slotsOf(sequencerFeeVaultArtifact.storageLayout);
  const minimum = feeVault.minWithdrawalAmount;
  return [
    predeploy("gasPriceOracle", gasPriceOracleArtifact),
    predeploy("l2StandardBridge", l2StandardBridgeArtifact, [
      { slot: slotsOf(l2StandardBridgeArtifact.storageLayout)("otherBridge"), value: bridge },
    ]),
    // The vault's network, beside the recipient, is 0: L1.
    predeploy("sequencerFeeVault", sequencerFeeVaultArtifact, [
      { slot: vault("recipient"), value: recipient },
      ...(minimum === 0n
        ? []
        : [{ slot: vault("minWithdrawalAmount"), value: padTo32(bigIntToBytes(minimum)) }]),
    ]),
    predeploy("optimismMintableERC20Factory", optimismMintableERC20FactoryArtifact),
    predeploy("l1Block", l1BlockArtifact),
    predeploy("l2ToL1MessagePasser", l2ToL1MessagePasserArtifact),
  ];
}

function preinstallCode({ code, chainWords, address, domain }: Preinstall, chainId: number): Uint8Array {
  const filled = hexToBytes(code);
  for (const { offset, value } of chainWords)
    filled.set(chainWord(value, { chainId, address, domain }), offset);
  return filled;
}

function predeploy(
  name: keyof typeof PREDEPLOYS,
  artifact: { deployedBytecode: Hex },
  storage: GenesisAccount["storage"] = [],
): GenesisAccount {
  return { ...account(PREDEPLOYS[name], hexToBytes(artifact.deployedBytecode), 1n), storage };
}

function account(address: Hex, code: Uint8Array, nonce: bigint): GenesisAccount {
  return {
    address: addressBytes(address),
    nonce,
    balance: 0n,
    codeHash: keccak256(code),
    code,
    storage: [],
  };
}

function slotsOf(layout: readonly { label: string; slot: string }[]): (label: string) => Uint8Array {
  return (label) => {
    const variable = layout.find((entry) => entry.label === label);
    if (variable === undefined) throw new L2GenesisError(`no variable ${label} in the storage layout`);
    return padTo32(bigIntToBytes(BigInt(variable.slot)));
  };
}

function addressValue(address: Hex, name: string): Uint8Array {
  const bytes = addressBytes(address);
  if (bytes.every((byte) => byte === 0)) throw new L2GenesisError(`${name} is the zero address`);
  return padTo32(bytes);
}

function addressBytes(address: Hex): Uint8Array {
  if (!/^0x[0-9a-fA-F]{40}$/.test(address)) throw new L2GenesisError(`${address} is not an address`);
  return hexToBytes(address);
}

function checkNumbers(deployment: L2Deployment): void {
  const positive = ["gasLimit", "baseFeeFloor", "baseFeeElasticity", "baseFeeChangeDenominator"] as const;
  for (const name of positive) between(name, deployment[name], 1n, 2n ** 64n - 1n);
  for (const name of ["chainId", "timestamp"] as const) {
    if (!Number.isSafeInteger(deployment[name]) || deployment[name] < 1) {
      throw new L2GenesisError(`${name} is ${deployment[name]}`);
    }
  }
  between("feeVault.minWithdrawalAmount", deployment.feeVault.minWithdrawalAmount, 0n, 2n ** 256n - 1n);
  for (const { address, balance } of deployment.balances)
    between(`balance of ${address}`, balance, 1n, 2n ** 128n - 1n);
}

function between(name: string, value: bigint, least: bigint, most: bigint): void {
  if (value < least || value > most) {
    throw new L2GenesisError(`${name} is ${value}; it must be from ${least} to ${most}`);
  }
}
