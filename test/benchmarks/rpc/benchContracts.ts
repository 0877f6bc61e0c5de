import { BraidError, hexToBytes } from "../../../protocol/index.ts";
import { compileSolidity } from "../../support/compileSolidity.ts";

/** Holders of the token, and values of the logs' first indexed topic. */
export const HOLDERS = 999;
/** Values of the logs' second indexed topic. */
export const PARTNERS = 9973;
export const KINDS = 4;

const SOURCE = `
pragma solidity ^0.8.20;
import "@openzeppelin/contracts/token/ERC20/ERC20.sol";
contract ReadToken is ERC20("Bench", "BNC") {
  function endow(address[] calldata holders) external {
    for (uint256 i = 0; i < holders.length; i++) _mint(holders[i], 1e18 + i);
  }
}
contract ReadEmitter {
  function emitLogs(uint256 start, uint256 count) external {
    assembly {
      for { let i := start } lt(i, add(start, count)) { i := add(i, 1) } {
        mstore(0, i)
        log3(0, 32, add(1, mod(i, ${KINDS})), add(1, mod(i, ${HOLDERS})), add(1, mod(i, ${PARTNERS})))
      }
    }
  }
}`;

/** OpenZeppelin's ERC-20, and a contract that emits as many logs as it is told, their topics in turn. */
export function readContracts(): { token: Uint8Array; emitter: Uint8Array } {
  const { ReadToken, ReadEmitter } = compileSolidity(SOURCE);
  if (ReadToken === undefined || ReadEmitter === undefined) {
    throw new BraidError("BENCH_NO_CONTRACT", "the contracts did not compile");
  }
  return { token: hexToBytes(ReadToken.bytecode), emitter: hexToBytes(ReadEmitter.bytecode) };
}
