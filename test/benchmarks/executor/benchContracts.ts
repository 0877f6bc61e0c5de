import type { Abi } from "viem";
import { BraidError, hexToBytes } from "../../../protocol/index.ts";
import { compileSolidity } from "../../support/compileSolidity.ts";
import { uniswapContracts } from "../../support/uniswapContracts.ts";

export interface BenchContract {
  abi: Abi;
  initcode: Uint8Array;
}

export interface BenchContracts {
  /** OpenZeppelin's ERC-20, with one more method to hand out balances and allowances while the state is set up. */
  token: BenchContract;
  weth: BenchContract;
  factory: BenchContract;
  router: BenchContract;
}

const TOKEN = `
pragma solidity ^0.8.20;
import "@openzeppelin/contracts/token/ERC20/ERC20.sol";
contract BenchToken is ERC20("Bench", "BNC") {
  function endow(address[] calldata holders, uint256 amount, address spender) external {
    for (uint256 i = 0; i < holders.length; i++) {
      _mint(holders[i], amount);
      if (spender != address(0)) _approve(holders[i], spender, type(uint256).max);
    }
  }
}`;

export function benchContracts(): BenchContracts {
  const { BenchToken } = compileSolidity(TOKEN);
  if (BenchToken === undefined) throw new BraidError("BENCH_NO_TOKEN", "the token did not compile");
  const { weth, factory, router } = uniswapContracts();
  const contract = ({ abi, bytecode }: { abi: Abi; bytecode: string }): BenchContract => ({
    abi,
    initcode: hexToBytes(bytecode),
  });
  return {
    token: contract(BenchToken),
    weth: contract(weth),
    factory: contract(factory),
    router: contract(router),
  };
}
