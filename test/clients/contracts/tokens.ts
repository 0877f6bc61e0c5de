import { compileSolidity } from "../../support/compileSolidity.ts";
import type { PublishedContract } from "./published.ts";

const SOURCE = `
pragma solidity ^0.8.20;
import "@openzeppelin/contracts/token/ERC20/ERC20.sol";
contract Token is ERC20 {
  constructor(string memory name_, uint256 supply) ERC20(name_, name_) { _mint(msg.sender, supply); }
}`;

/** OpenZeppelin's ERC-20 with a name and a supply. */
export function tokenContract(): PublishedContract {
  const { Token } = compileSolidity(SOURCE);
  if (Token === undefined) throw new TypeError("the token did not compile");
  return Token;
}
