import type { MerkleStateManager } from "@ethereumjs/statemanager";
import { type Abi, encodeDeployData, encodeFunctionData, maxUint256, bytesToHex as toHex } from "viem";
import {
  bytesToHex,
  developmentGenesis,
  EMPTY_BYTES,
  type Genesis,
  type GenesisAccount,
  hexToBytes,
  keccak256,
} from "../../../protocol/index.ts";
import { type BenchContract, type BenchContracts, benchContracts } from "./benchContracts.ts";
import { SetupState } from "./setupState.ts";
import { makeSigners, type Signer } from "./signTransaction.ts";

export const TRANSFER_GAS = 21_000n;
/** What one costs in these workloads, without a list; only sizes the blocks. */
const TOKEN_TRANSFER_GAS = 34_500n;
const SWAP_GAS = 104_000n;

export const TOKENS = 10;
/** Pools that all swappers may use. */
export const SHARED_POOLS = 5;
export const FAMILY = 15;
/** Families of one token: enough senders that a block holds few transfers of each. */
export const FAMILIES = 2;
/** Swaps of one sender in a block of swaps: a pool of its own each time would make the set-up the slowest part. */
const SWAPS_EACH = 3;

const ETHER = 10n ** 18n;
const HOLDINGS = 1_000n * ETHER;
const LIQUIDITY = 1_000_000n * ETHER;
const ENDOW_AT_ONCE = 200;

export interface Pool {
  tokenA: Uint8Array;
  tokenB: Uint8Array;
}

/** How many transactions of one kind alone make a block of the wished gas. */
export interface BlockSizes {
  transfers: number;
  tokenTransfers: number;
  swaps: number;
  /** Senders of swaps, and pools. */
  swappers: number;
}

/**
 * All that the workloads share. Each signer holds ether; the first `sizes.tokenTransfers` hold the first token, the
 * members of the families the token of theirs; signer i < `sizes.swappers` holds both tokens of pool i and of the shared
 * pools, and lets the router spend them.
 */
export interface World {
  genesis: Genesis;
  /** EthereumJS's state manager holding the same state. */
  stockState: MerkleStateManager;
  sizes: BlockSizes;
  signers: Signer[];
  /** Accounts that hold ether and the first token, and send nothing. */
  receivers: Uint8Array[];
  tokens: Uint8Array[];
  pools: Pool[];
  router: Uint8Array;
  contracts: BenchContracts;
}

export function blockSizes(gas: number): BlockSizes {
  const count = (each: bigint) => Math.max(1, Math.floor(gas / Number(each)));
  const swaps = count(SWAP_GAS);
  return {
    transfers: count(TRANSFER_GAS),
    tokenTransfers: count(TOKEN_TRANSFER_GAS),
    swaps,
    swappers: Math.ceil(swaps / SWAPS_EACH),
  };
}

/** `accounts` more accounts hold ether, so that the trie is not tiny. */
export async function createWorld(
  gas: number,
  accounts: number,
  progress: (line: string) => void,
): Promise<World> {
  const sizes = blockSizes(gas);
  const limit = BigInt(gas) * 2n;
  const base = developmentGenesis(limit > 120_000_000n ? { gasLimit: limit } : {});
  const signers = makeSigners("bench executor", Math.max(sizes.transfers, TOKENS * FAMILIES * FAMILY));
  const receivers = Array.from({ length: Math.max(accounts, sizes.transfers) }, (_, i) =>
    keccak256(Buffer.from(`bench receiver ${i}`)).slice(12),
  );
  const setup = await SetupState.create(base.config.chainId, base.timestamp);
  for (const account of base.accounts) await setup.put(account);
  for (const { address } of signers) await setup.put(etherAccount(address, HOLDINGS));
  for (const address of receivers) await setup.put(etherAccount(address, ETHER));
  progress("compiling and deploying contracts");
  const contracts = benchContracts();
  const deployed = await deployAll(setup, { sizes, signers, receivers, contracts });
  const finished = await setup.finish();
  const genesis = { ...base, accounts: finished.accounts };
  return { genesis, stockState: finished.state, sizes, signers, receivers, contracts, ...deployed };
}

type Ingredients = Pick<World, "sizes" | "signers" | "receivers" | "contracts">;

async function deployAll(
  setup: SetupState,
  { sizes, signers, receivers, contracts }: Ingredients,
): Promise<Pick<World, "tokens" | "pools" | "router">> {
  const deployer = keccak256(Buffer.from("bench deployer")).slice(12);
  await setup.put({ ...etherAccount(deployer, HOLDINGS), nonce: 1n });
  const deploy = ({ abi, initcode }: BenchContract, args: unknown[]) =>
    setup.call(deployer, undefined, hexToBytes(encodeDeployData({ abi, bytecode: toHex(initcode), args })));
  const call = (to: Uint8Array, abi: Abi, functionName: string, args: unknown[]) =>
    setup.call(deployer, to, callData(abi, functionName, args));
  const endow = async (token: Uint8Array, holders: Uint8Array[], amount: bigint, spender: Uint8Array) => {
    for (let at = 0; at < holders.length; at += ENDOW_AT_ONCE) {
      const some = holders.slice(at, at + ENDOW_AT_ONCE).map(bytesToHex);
      await call(token, contracts.token.abi, "endow", [some, amount, bytesToHex(spender)]);
    }
  };
  const weth = await deploy(contracts.weth, []);
  const factory = await deploy(contracts.factory, [bytesToHex(deployer)]);
  const router = await deploy(contracts.router, [bytesToHex(factory), bytesToHex(weth)]);

  const holders = signers
    .slice(0, Math.max(sizes.tokenTransfers, FAMILIES * FAMILY))
    .map(({ address }) => address);
  const nobody = new Uint8Array(20);
  const tokens: Uint8Array[] = [];
  for (let i = 0; i < TOKENS; i++) {
    const token = await deploy(contracts.token, []);
    const owners = i === 0 ? [...holders, ...receivers.slice(0, holders.length)] : familyMembers(signers, i);
    await endow(token, owners, HOLDINGS, nobody);
    tokens.push(token);
  }

  const pools: Pool[] = [];
  const swappers = signers.slice(0, sizes.swappers).map(({ address }) => address);
  for (const [i, swapper] of swappers.entries()) {
    const [tokenA, tokenB] = [await deploy(contracts.token, []), await deploy(contracts.token, [])];
    for (const token of [tokenA, tokenB]) {
      await endow(token, [deployer], 2n * LIQUIDITY, router);
      await endow(token, i < SHARED_POOLS ? swappers : [swapper], HOLDINGS, router);
    }
    const amounts = [LIQUIDITY, LIQUIDITY, 0n, 0n];
    const pair = [bytesToHex(tokenA), bytesToHex(tokenB)];
    await call(router, contracts.router.abi, "addLiquidity", [
      ...pair,
      ...amounts,
      bytesToHex(deployer),
      maxUint256,
    ]);
    pools.push({ tokenA, tokenB });
  }
  return { tokens, pools, router };
}

/** The signers that deal in one token of {@link TOKENS} among each other, family by family. */
export function familyMembers(signers: Signer[], token: number): Uint8Array[] {
  const size = FAMILIES * FAMILY;
  return signers.slice(token * size, (token + 1) * size).map(({ address }) => address);
}

export function callData(abi: Abi, functionName: string, args: unknown[]): Uint8Array {
  return hexToBytes(encodeFunctionData({ abi, functionName, args }));
}

function etherAccount(address: Uint8Array, balance: bigint): GenesisAccount {
  return { address, nonce: 0n, balance, code: EMPTY_BYTES, codeHash: keccak256(EMPTY_BYTES), storage: [] };
}
