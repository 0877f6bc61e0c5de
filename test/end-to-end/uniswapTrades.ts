import { type Hex, maxUint256 } from "viem";
import type { Uniswap } from "./uniswapDeploy.ts";

export interface Trade {
  to: Hex;
  data: Hex;
  value: bigint;
}

const MILLI_ETHER = 10n ** 15n;
/** One trade in this many asks for more than the pool can give, and reverts. */
const IMPOSSIBLE_EVERY = 12;

export interface TradeWish {
  /** `any`: all kinds, in one or two hops. `direct`: tokens for tokens in one pool, so that pools do not meet. */
  kind: "any" | "direct";
  /** One in {@link IMPOSSIBLE_EVERY} reverts. */
  mayRevert: boolean;
}

/** A swap by Uniswap's router. */
export function nextTrade(uniswap: Uniswap, trader: Hex, random: () => number, wish: TradeWish): Trade {
  const { router, weth, tokenA, tokenB } = uniswap;
  const pick = (below: number) => Math.floor(random() * below);
  const [one, other] = pick(2) === 0 ? [tokenA, tokenB] : [tokenB, tokenA];
  const kind = pick(4);
  const amount = BigInt(1 + pick(5_000)) * MILLI_ETHER;
  const least = pick(IMPOSSIBLE_EVERY) === 0 && wish.mayRevert ? maxUint256 / 2n : 0n;
  const tail = [trader, maxUint256];
  const swap = (path: Hex[]) => router.call("swapExactTokensForTokens", [amount, least, path, ...tail]);
  if (wish.kind === "direct") return swap([one.address, kind < 2 ? weth.address : other.address]);
  if (kind === 0) {
    const path = [weth.address, one.address];
    return router.call("swapExactETHForTokens", [least, path, ...tail], amount / 10n);
  }
  if (kind === 1) {
    return router.call("swapExactTokensForETH", [amount, least, [one.address, weth.address], ...tail]);
  }
  return swap(kind === 2 ? [one.address, other.address] : [one.address, weth.address, other.address]);
}
