import { createRequire } from "node:module";
import type { Abi, Hex } from "viem";

/** A contract as its authors compiled and published it on npm. */
export interface PublishedContract {
  abi: Abi;
  bytecode: Hex;
}

const AUTHORS = {
  weth: "canonical-weth/build/contracts/WETH9.json",
  v2Factory: "@uniswap/v2-core/build/UniswapV2Factory.json",
  v2Pair: "@uniswap/v2-core/build/UniswapV2Pair.json",
  v2Router: "@uniswap/v2-periphery/build/UniswapV2Router02.json",
  v3Factory: "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json",
  v3Pool: "@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json",
  v3Positions:
    "@uniswap/v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json",
  v3Router: "@uniswap/v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json",
  v3Quoter: "@uniswap/v3-periphery/artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json",
  safe: "@safe-global/safe-contracts/build/artifacts/contracts/Safe.sol/Safe.json",
  safeProxyFactory:
    "@safe-global/safe-contracts/build/artifacts/contracts/proxies/SafeProxyFactory.sol/SafeProxyFactory.json",
  entryPoint: "@account-abstraction/contracts/artifacts/EntryPoint.json",
  accountFactory: "@account-abstraction/contracts/artifacts/SimpleAccountFactory.json",
  account: "@account-abstraction/contracts/artifacts/SimpleAccount.json",
} as const;

export function published(name: keyof typeof AUTHORS): PublishedContract {
  const artifact: { abi: Abi; bytecode: string } = createRequire(import.meta.url)(AUTHORS[name]);
  return { abi: artifact.abi, bytecode: `0x${artifact.bytecode.replace(/^0x/, "")}` };
}
