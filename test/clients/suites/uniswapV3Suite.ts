import { maxUint256, parseEther, parseEventLogs, zeroAddress } from "viem";
import { expect, it } from "vitest";
import type { ClientsNode } from "../clientsNode.ts";
import { published } from "../contracts/published.ts";
import { tokenContract } from "../contracts/tokens.ts";
import { createDeployer } from "./deployer.ts";

const FEE = 3000;
/** The square root of the price one, as a Q64.96. */
const PRICE_ONE = 2n ** 96n;

export function uniswapV3Suite(node: () => ClientsNode): void {
  it("Uniswap V3: a position minted, a swap that pays what was quoted, and fees collected", async () => {
    const user = await createDeployer(node(), "uniswap v3");
    const { address: me } = user.account;
    const weth = await user.deploy(published("weth"));
    const contract = tokenContract();
    const tokens = [
      await user.deploy(contract, ["ONE", parseEther("1000000")]),
      await user.deploy(contract, ["TWO", parseEther("1000000")]),
    ].toSorted((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
    const [token0, token1] = tokens;
    if (token0 === undefined || token1 === undefined) throw new TypeError("no tokens");
    const factory = await user.deploy(published("v3Factory"));
    const ends = [factory.address, weth.address];
    const positions = await user.deploy(published("v3Positions"), [...ends, zeroAddress]);
    const router = await user.deploy(published("v3Router"), ends);
    const quoter = await user.deploy(published("v3Quoter"), ends);
    for (const token of tokens) {
      for (const spender of [positions, router]) await token.write("approve", [spender.address, maxUint256]);
    }
    const pair = [token0.address, token1.address, FEE];
    await positions.write("createAndInitializePoolIfNecessary", [...pair, PRICE_ONE]);
    const mint = {
      token0: token0.address,
      token1: token1.address,
      fee: FEE,
      tickLower: -60_000,
      tickUpper: 60_000,
      amount0Desired: parseEther("1000"),
      amount1Desired: parseEther("1000"),
      amount0Min: 0n,
      amount1Min: 0n,
      recipient: me,
      deadline: maxUint256,
    };
    const minted = await positions.write("mint", [mint]);
    const [added] = parseEventLogs({
      abi: positions.abi,
      logs: minted.logs,
      eventName: "IncreaseLiquidity",
      strict: true,
    });
    expect(added).toMatchObject({ args: { tokenId: 1n } });
    await user.waitASecond();
    const path = { tokenIn: token0.address, tokenOut: token1.address, fee: FEE, sqrtPriceLimitX96: 0n };
    const amountIn = parseEther("10");
    const { result } = await user.reader.simulateContract({
      address: quoter.address,
      abi: quoter.abi,
      functionName: "quoteExactInputSingle",
      args: [{ ...path, amountIn }],
    });
    const [quoted] = result as [bigint];
    const held = (await token1.read("balanceOf", [me])) as bigint;
    const swap = { ...path, amountIn, recipient: me, deadline: maxUint256, amountOutMinimum: quoted };
    await router.write("exactInputSingle", [swap]);
    expect(await token1.read("balanceOf", [me])).toBe(held + quoted);
    expect(quoted).toBeGreaterThan(parseEther("9.8"));
    const pool = user.at((await factory.read("getPool", pair)) as `0x${string}`, published("v3Pool").abi);
    // Who paid token 0 in made it cheaper.
    const [price, tick] = (await pool.read("slot0")) as [bigint, number];
    expect(price).toBeLessThan(PRICE_ONE);
    expect(tick).toBeLessThan(0);
    const collect = { tokenId: 1n, recipient: me, amount0Max: 2n ** 128n - 1n, amount1Max: 2n ** 128n - 1n };
    const collected = await positions.write("collect", [collect]);
    const [fees] = parseEventLogs({ abi: positions.abi, logs: collected.logs, eventName: "Collect" });
    // 0.3 % of what was paid in, less what rounding keeps.
    const earned = (fees as unknown as { args: { amount0: bigint } }).args.amount0;
    expect(parseEther("0.03") - earned).toBeLessThan(2n);
  });
}
