import { maxUint256, parseEther, parseEventLogs } from "viem";
import { expect, it } from "vitest";
import type { ClientsNode } from "../clientsNode.ts";
import { published } from "../contracts/published.ts";
import { tokenContract } from "../contracts/tokens.ts";
import { caught } from "./caught.ts";
import { createDeployer } from "./deployer.ts";

export function uniswapV2Suite(node: () => ClientsNode): void {
  it("Uniswap V2: a pool, a swap at the quoted price, its event, and one that asks for too much", async () => {
    const user = await createDeployer(node(), "uniswap v2");
    const { address: me } = user.account;
    const weth = await user.deploy(published("weth"));
    const token = await user.deploy(tokenContract(), ["TKN", parseEther("1000000")]);
    const factory = await user.deploy(published("v2Factory"), [me]);
    const router = await user.deploy(published("v2Router"), [factory.address, weth.address]);
    await token.write("approve", [router.address, maxUint256]);
    const supply = [token.address, parseEther("1000"), 0n, 0n, me, maxUint256];
    await router.write("addLiquidityETH", supply, parseEther("10"));
    await user.waitASecond();
    const path = [weth.address, token.address];
    const [, quoted] = (await router.read("getAmountsOut", [parseEther("1"), path])) as bigint[];
    // The constant product with 0.3 % of fee.
    const paid = parseEther("1") * 997n;
    expect(quoted).toBe((paid * parseEther("1000")) / (parseEther("10") * 1000n + paid));
    const before = (await token.read("balanceOf", [me])) as bigint;
    const swap = [quoted, path, me, maxUint256];
    const receipt = await router.write("swapExactETHForTokens", swap, parseEther("1"));
    expect(await token.read("balanceOf", [me])).toBe(before + (quoted ?? 0n));
    const pair = published("v2Pair");
    const [event] = parseEventLogs({ abi: pair.abi, logs: receipt.logs, eventName: "Swap" });
    expect(event).toMatchObject({ address: String(await factory.read("getPair", path)).toLowerCase() });
    const greedy = router.write("swapExactETHForTokens", [quoted, path, me, maxUint256], parseEther("1"));
    expect(await caught(greedy)).toMatchObject({
      message: expect.stringContaining("UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT"),
    });
  });
}
