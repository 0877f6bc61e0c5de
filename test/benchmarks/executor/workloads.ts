import { encodeDeployData, maxUint256 } from "viem";
import {
  type AccessListEntry,
  BraidError,
  bytesToHex,
  EMPTY_BYTES,
  FEE_VAULT_ADDRESS,
  hexToBytes,
} from "../../../protocol/index.ts";
import type { Workload } from "./prepareBlock.ts";
import { repeatable } from "./repeatable.ts";
import type { Wish, WorkloadBlock } from "./types.ts";
import { callData, FAMILIES, FAMILY, SHARED_POOLS, TOKENS, TRANSFER_GAS, type World } from "./world.ts";

const TOKEN_TRANSFER_LIMIT = 120_000n;
const SWAP_LIMIT = 400_000n;
const DEPLOY_LIMIT = 4_000_000n;
const AMOUNT = 1_000_000n;
const NO_LIST: AccessListEntry[] = [];

/** The workloads of the design notes on parallel execution, each one block of about the wished gas. */
export const WORKLOADS: Workload[] = [
  { name: "transfers", declared: ["none"], block: (world) => hotTransfers(world, 0) },
  { name: "transfers, 10 % to one", declared: ["none"], block: (world) => hotTransfers(world, 10) },
  { name: "transfers, 30 % to one", declared: ["none"], block: (world) => hotTransfers(world, 30) },
  { name: "fee account sends", declared: ["none"], block: feeAccountSends },
  { name: "erc20", declared: ["none", "exact"], block: (world) => hotTokenTransfers(world, 0) },
  { name: "erc20, 10 % to one", declared: ["none"], block: (world) => hotTokenTransfers(world, 10) },
  { name: "erc20, 30 % to one", declared: ["none"], block: (world) => hotTokenTransfers(world, 30) },
  { name: "erc20 clusters", declared: ["none", "exact"], block: tokenClusters },
  { name: "erc20, one sender", declared: ["none"], block: oneSender },
  { name: "uniswap, own pools", declared: ["none", "exact"], block: ownPools },
  { name: "uniswap, one pool", declared: ["none", "exact"], block: onePool },
  { name: "hybrid 60/20/20", declared: ["none", "exact"], block: hybrid },
  { name: "mixed", declared: ["none", "exact"], block: mixed },
];

function blockOf(wishes: Wish[], changes: Partial<WorkloadBlock> = {}): WorkloadBlock {
  return { wishes, coinbase: FEE_VAULT_ADDRESS, reverts: 0, ...changes };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function at<T>(list: T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new BraidError("BENCH_TOO_SMALL", `the workload has no item ${index}`);
  return found;
}

function transfer(sender: number, to: Uint8Array): Wish {
  return { sender, to, value: 1n, data: EMPTY_BYTES, gasLimit: TRANSFER_GAS, accessList: NO_LIST };
}

function tokenTransfer(world: World, token: number, sender: number, to: Uint8Array, amount = AMOUNT): Wish {
  return {
    sender,
    to: at(world.tokens, token),
    value: 0n,
    data: callData(world.contracts.token.abi, "transfer", [bytesToHex(to), amount]),
    gasLimit: TOKEN_TRANSFER_LIMIT,
    accessList: NO_LIST,
  };
}

/** Either direction in turn, so that a pool keeps its price. */
function swap(world: World, pool: number, sender: number, forth: boolean): Wish {
  const { tokenA, tokenB } = at(world.pools, pool);
  const path = (forth ? [tokenA, tokenB] : [tokenB, tokenA]).map(bytesToHex);
  const receiver = bytesToHex(at(world.signers, sender).address);
  return {
    sender,
    to: world.router,
    value: 0n,
    data: callData(world.contracts.router.abi, "swapExactTokensForTokens", [
      AMOUNT,
      0n,
      path,
      receiver,
      maxUint256,
    ]),
    gasLimit: SWAP_LIMIT,
    accessList: NO_LIST,
  };
}

/** Each from an account of its own to one of its own, but for the share that pays one hot account. */
function hotTransfers({ receivers, sizes }: World, percent: number): WorkloadBlock {
  return blockOf(times(sizes.transfers, (i) => transfer(i, at(receivers, isHot(i, percent) ? 0 : i))));
}

function hotTokenTransfers(world: World, percent: number): WorkloadBlock {
  const { receivers, sizes } = world;
  return blockOf(
    times(sizes.tokenTransfers, (i) => tokenTransfer(world, 0, i, at(receivers, isHot(i, percent) ? 0 : i))),
  );
}

/** Evenly spread over the block. */
function isHot(index: number, percent: number): boolean {
  return index % 10 < percent / 10;
}

/** Every tenth transfer is sent by the account that receives the fees of all. */
function feeAccountSends({ receivers, signers, sizes }: World): WorkloadBlock {
  const wishes = times(sizes.transfers, (i) => transfer(i % 10 === 0 ? 0 : i, at(receivers, i)));
  return blockOf(wishes, { coinbase: at(signers, 0).address });
}

/** Ten tokens, families of fifteen that pay each other in the token of theirs. */
function tokenClusters(world: World): WorkloadBlock {
  const random = repeatable("clusters");
  const senders = TOKENS * FAMILIES * FAMILY;
  return blockOf(times(world.sizes.tokenTransfers, (i) => familyTransfer(world, i % senders, random)));
}

function familyTransfer(world: World, sender: number, random: (below: number) => number): Wish {
  const place = sender % FAMILY;
  const relative = sender - place + ((place + 1 + random(FAMILY - 1)) % FAMILY);
  const token = Math.floor(sender / (FAMILIES * FAMILY));
  return tokenTransfer(world, token, sender, at(world.signers, relative).address);
}

/** One nonce chain: nothing can run beside anything. */
function oneSender(world: World): WorkloadBlock {
  return blockOf(
    times(world.sizes.tokenTransfers, (i) => tokenTransfer(world, 0, 0, at(world.receivers, i))),
  );
}

function ownPools(world: World): WorkloadBlock {
  const { swaps, swappers } = world.sizes;
  return blockOf(
    times(swaps, (i) => swap(world, i % swappers, i % swappers, Math.floor(i / swappers) % 2 === 0)),
  );
}

/** The worst case: each swap reads what the one before wrote. */
function onePool(world: World): WorkloadBlock {
  const { swaps, swappers } = world.sizes;
  return blockOf(times(swaps, (i) => swap(world, 0, i % swappers, i % 2 === 0)));
}

/** By gas 60 % transfers, 20 % ERC-20 transfers, 20 % swaps; senders, receivers and pools of their own; shuffled. */
function hybrid(world: World): WorkloadBlock {
  const { transfers, tokenTransfers, swaps, swappers } = world.sizes;
  const swapCount = Math.floor(swaps / 5);
  const tokenCount = Math.floor(tokenTransfers / 5);
  const firstToken = swappers;
  const firstTransfer = firstToken + tokenCount;
  const wishes = [
    ...times(swapCount, (i) => swap(world, i % swappers, i % swappers, true)),
    ...times(tokenCount, (i) => tokenTransfer(world, 0, firstToken + i, at(world.receivers, i))),
    ...times(Math.floor((transfers * 3) / 5), (i) =>
      transfer((firstTransfer + i) % world.signers.length, at(world.receivers, tokenCount + i)),
    ),
  ];
  return blockOf(repeatable("hybrid").shuffled(wishes));
}

/**
 * Like a busy chain: by gas 30 % transfers with a few popular receivers, 30 % ERC-20 transfers in families, 30 % swaps
 * on five shared pools, the rest deployments and token transfers that revert for want of balance.
 */
function mixed(world: World): WorkloadBlock {
  const { transfers, tokenTransfers, swaps, swappers } = world.sizes;
  const random = repeatable("mixed");
  const anyone = () => random(world.signers.length);
  const share = (count: number) => Math.floor((count * 3) / 10);
  const reverts = Math.max(1, Math.floor(tokenTransfers / 40));
  const { abi, initcode } = world.contracts.token;
  const creation = hexToBytes(encodeDeployData({ abi, bytecode: bytesToHex(initcode), args: [] }));
  const wishes = [
    ...times(share(transfers), () => {
      const receiver = random(4) === 0 ? random(3) : random(world.receivers.length);
      return transfer(anyone(), at(world.receivers, receiver));
    }),
    ...times(share(tokenTransfers), () => familyTransfer(world, random(TOKENS * FAMILIES * FAMILY), random)),
    ...times(share(swaps), () =>
      swap(world, random(Math.min(SHARED_POOLS, swappers)), random(swappers), random(2) === 0),
    ),
    ...times(reverts, () => tokenTransfer(world, 0, anyone(), at(world.receivers, 0), maxUint256)),
    ...times(Math.max(1, Math.floor(swaps / 144)), () => ({
      sender: anyone(),
      to: undefined,
      value: 0n,
      data: creation,
      gasLimit: DEPLOY_LIMIT,
      accessList: NO_LIST,
    })),
  ];
  return blockOf(random.shuffled(wishes), { reverts });
}
