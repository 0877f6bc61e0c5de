import { type Abi, createPublicClient, getAddress, type Hex, http } from "viem";
import type { RpcReceipt } from "../support/receiptOf.ts";
import type { TestSender } from "../support/testSender.ts";
import type { DeployedContract, Uniswap } from "./uniswapDeploy.ts";

/**
 * All that the trades left behind, without what depends on how a chain cuts blocks and sets its base fee. Gas is no
 * part of it: a pair writes its price sums only in the first trade of a second.
 */
export interface UniswapOutcome {
  contracts: Record<"weth" | "tokenA" | "tokenB" | "factory" | "router", Hex>;
  pools: { pair: Hex; reserve0: bigint; reserve1: bigint; liquidity: bigint }[];
  /** `ether`: what the trader won or lost by trading, gas not counted. */
  balances: { trader: Hex; ether: bigint; weth: bigint; tokenA: bigint; tokenB: bigint }[];
  /** In the order of the trades. */
  trades: { status: Hex; logs: { address: Hex; topics: Hex[]; data: Hex }[] }[];
}

type Read = (address: Hex, abi: Abi, functionName: string, args?: unknown[]) => Promise<unknown>;

export async function readOutcome(
  rpcUrl: string,
  uniswap: Uniswap,
  traders: TestSender[],
  opening: bigint[],
  receipts: RpcReceipt[],
): Promise<UniswapOutcome> {
  const client = createPublicClient({ transport: http(rpcUrl) });
  const read: Read = (address, abi, functionName, args = []) =>
    client.readContract({ address, abi, functionName, args });
  const { weth, tokenA, tokenB, factory, router } = uniswap;
  const poolOf = async (one: DeployedContract, other: DeployedContract) => {
    const pair = getAddress(
      String(await read(factory.address, factory.abi, "getPair", [one.address, other.address])),
    );
    const reserves = (await read(pair, uniswap.pairAbi, "getReserves")) as [bigint, bigint, number];
    const liquidity = BigInt(String(await read(pair, uniswap.pairAbi, "totalSupply")));
    return { pair, reserve0: reserves[0], reserve1: reserves[1], liquidity };
  };
  const balancesOf = async (trader: TestSender, index: number) => {
    const { address } = trader.account;
    const token = async ({ address: at, abi }: DeployedContract) =>
      BigInt(String(await read(at, abi, "balanceOf", [address])));
    return {
      trader: address,
      ether: (closing[index] ?? 0n) - (opening[index] ?? 0n) + gasPaid(receipts, index, traders.length),
      weth: await token(weth),
      tokenA: await token(tokenA),
      tokenB: await token(tokenB),
    };
  };
  const closing = await etherOf(rpcUrl, traders);
  const balances: UniswapOutcome["balances"] = [];
  for (const [index, trader] of traders.entries()) balances.push(await balancesOf(trader, index));
  return {
    contracts: {
      weth: weth.address,
      tokenA: tokenA.address,
      tokenB: tokenB.address,
      factory: factory.address,
      router: router.address,
    },
    pools: [await poolOf(weth, tokenA), await poolOf(weth, tokenB), await poolOf(tokenA, tokenB)],
    balances,
    trades: receipts.map(({ status, logs }) => ({
      status,
      logs: logs.map(({ address, topics, data }) => ({ address: getAddress(address), topics, data })),
    })),
  };
}

export async function etherOf(rpcUrl: string, traders: TestSender[]): Promise<bigint[]> {
  const client = createPublicClient({ transport: http(rpcUrl) });
  return Promise.all(traders.map(({ account: { address } }) => client.getBalance({ address })));
}

/** Trader i sent the trades i, i + count, i + 2 · count … */
function gasPaid(receipts: RpcReceipt[], index: number, count: number): bigint {
  let paid = 0n;
  for (const [place, { gasUsed, effectiveGasPrice }] of receipts.entries()) {
    if (place % count === index) paid += BigInt(gasUsed) * BigInt(effectiveGasPrice);
  }
  return paid;
}
