import { type CompiledContract, compileSolidity } from "../../support/compileSolidity.ts";

/** What a client library must handle of a contract: state, events with indexed fields, and each way to revert. */
export const PROBE_SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;
contract Probe {
  mapping(address => uint256) public held;
  uint256 public total;
  string public name;
  error NotEnough(address who, uint256 asked, uint256 has);
  event Moved(address indexed from, address indexed to, uint256 amount);
  constructor(string memory name_) { name = name_; }
  function deposit() external payable {
    held[msg.sender] += msg.value;
    total += msg.value;
    emit Moved(address(0), msg.sender, msg.value);
  }
  function move(address to, uint256 amount) external {
    uint256 has = held[msg.sender];
    if (amount > has) revert NotEnough(msg.sender, amount, has);
    held[msg.sender] = has - amount;
    held[to] += amount;
    emit Moved(msg.sender, to, amount);
  }
  function refuse() external pure { revert("not today"); }
  function overflow(uint256 a) external pure returns (uint256) { return a + type(uint256).max; }
}`;

export const probeAbi = [
  {
    type: "constructor",
    stateMutability: "nonpayable",
    inputs: [{ name: "name_", type: "string" }],
  },
  {
    type: "function",
    name: "held",
    stateMutability: "view",
    inputs: [{ name: "", type: "address" }],
    outputs: [{ name: "", type: "uint256" }],
  },
  {
    type: "function",
    name: "total",
    stateMutability: "view",
    inputs: [],
    outputs: [{ name: "", type: "uint256" }],
  },
  {
    type: "function",
    name: "name",
    stateMutability: "view",
    inputs: [],
    outputs: [{ name: "", type: "string" }],
  },
  { type: "function", name: "deposit", stateMutability: "payable", inputs: [], outputs: [] },
  {
    type: "function",
    name: "move",
    stateMutability: "nonpayable",
    inputs: [
      { name: "to", type: "address" },
      { name: "amount", type: "uint256" },
    ],
    outputs: [],
  },
  { type: "function", name: "refuse", stateMutability: "pure", inputs: [], outputs: [] },
  {
    type: "function",
    name: "overflow",
    stateMutability: "pure",
    inputs: [{ name: "a", type: "uint256" }],
    outputs: [{ name: "", type: "uint256" }],
  },
  {
    type: "event",
    name: "Moved",
    anonymous: false,
    inputs: [
      { name: "from", type: "address", indexed: true },
      { name: "to", type: "address", indexed: true },
      { name: "amount", type: "uint256", indexed: false },
    ],
  },
  {
    type: "error",
    name: "NotEnough",
    inputs: [
      { name: "who", type: "address" },
      { name: "asked", type: "uint256" },
      { name: "has", type: "uint256" },
    ],
  },
] as const;

export function compileProbe(): CompiledContract {
  const { Probe } = compileSolidity(PROBE_SOURCE);
  if (Probe === undefined) throw new TypeError("the probe did not compile");
  return Probe;
}
