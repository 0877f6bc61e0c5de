import { createRequire } from "node:module";
import type { Abi, Hex } from "viem";
import { type CompiledContract, compileSolidity } from "./compileSolidity.ts";

interface Artifact {
  abi: Abi;
  bytecode: string;
}

export type Deployable = Pick<CompiledContract, "abi" | "bytecode">;

const TOKENS = `
pragma solidity ^0.8.20;
import "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import "@openzeppelin/contracts/access/Ownable.sol";
contract TokenA is ERC20("Token A", "TKA"), Ownable(msg.sender) {
  function mint(address to, uint256 amount) external onlyOwner { _mint(to, amount); } }
contract TokenB is ERC20("Token B", "TKB"), Ownable(msg.sender) {
  function mint(address to, uint256 amount) external onlyOwner { _mint(to, amount); } }`;

export interface UniswapContracts {
  weth: Deployable;
  factory: Deployable;
  router: Deployable;
  pair: Deployable;
  tokenA: Deployable;
  tokenB: Deployable;
}

/** The contracts that their authors published, as compiled by them; the two tokens are OpenZeppelin's ERC-20. */
export function uniswapContracts(): UniswapContracts {
  const { TokenA, TokenB } = compileSolidity(TOKENS);
  if (TokenA === undefined || TokenB === undefined) throw new TypeError("the tokens did not compile");
  return {
    weth: published("canonical-weth/build/contracts/WETH9.json"),
    factory: published("@uniswap/v2-core/build/UniswapV2Factory.json"),
    pair: published("@uniswap/v2-core/build/UniswapV2Pair.json"),
    router: published("@uniswap/v2-periphery/build/UniswapV2Router02.json"),
    tokenA: TokenA,
    tokenB: TokenB,
  };
}

function published(path: string): Deployable {
  const { abi, bytecode } = createRequire(import.meta.url)(path) as Artifact;
  const hex: Hex = `0x${bytecode.replace(/^0x/, "")}`;
  return { abi, bytecode: hex };
}
