import { compileSolidity } from "../compileSolidity.ts";

/** State, an event, a custom error: what a client library must handle of a contract. */
const COUNTER = `
pragma solidity ^0.8.20;
contract Counter {
  uint256 public count;
  error TooMuch(uint256 asked, uint256 most);
  event Bumped(address indexed by, uint256 count);
  function bump(uint256 amount) external payable {
    if (amount > 100) revert TooMuch(amount, 100);
    count += amount;
    emit Bumped(msg.sender, count);
  }
}`;

export const counterAbi = [
  {
    type: "function",
    name: "count",
    stateMutability: "view",
    inputs: [],
    outputs: [{ type: "uint256" }],
  },
  {
    type: "function",
    name: "bump",
    stateMutability: "payable",
    inputs: [{ name: "amount", type: "uint256" }],
    outputs: [],
  },
  {
    type: "event",
    name: "Bumped",
    inputs: [
      { name: "by", type: "address", indexed: true },
      { name: "count", type: "uint256", indexed: false },
    ],
  },
  {
    type: "error",
    name: "TooMuch",
    inputs: [
      { name: "asked", type: "uint256" },
      { name: "most", type: "uint256" },
    ],
  },
] as const;

export function counterBytecode(): `0x${string}` {
  const { Counter } = compileSolidity(COUNTER);
  if (Counter === undefined) throw new TypeError("the counter did not compile");
  return Counter.bytecode;
}
