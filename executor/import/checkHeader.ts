import type { BlockHeader } from "@ethereumjs/block";
import { ConsensusType, Hardfork } from "@ethereumjs/common";
import { bytesEqual, bytesToHex } from "../../protocol/index.ts";
import { BadBlockError } from "./importError.ts";

/**
 * What a header owes to its parent's. The seal of proof of work is not looked at: nothing that the RPC shows
 * depends on it. Throws BadBlockError.
 */
export function checkHeader(header: BlockHeader, parent: BlockHeader): void {
  const block = { number: Number(header.number), hash: bytesToHex(header.hash()) };
  const want = (field: string, have: unknown, wanted: unknown) => {
    if (have !== wanted) throw new BadBlockError(block, field, `have ${have}, want ${wanted}`);
  };
  want("number", header.number, parent.number + 1n);
  if (!bytesEqual(header.parentHash, parent.hash())) {
    want("parentHash", bytesToHex(header.parentHash), bytesToHex(parent.hash()));
  }
  if (header.timestamp <= parent.timestamp) {
    throw new BadBlockError(block, "timestamp", `${header.timestamp} is not after ${parent.timestamp}`);
  }
  checkGasLimit(header, parent, block);
  if (header.common.isActivatedEIP(1559)) {
    want("baseFeePerGas", header.baseFeePerGas, expectedBaseFee(header, parent));
  }
  if (header.common.isActivatedEIP(4844)) {
    want("excessBlobGas", header.excessBlobGas, parent.calcNextExcessBlobGas(header.common));
  }
  const work = header.common.consensusType() === ConsensusType.ProofOfWork;
  want("difficulty", header.difficulty, work ? header.ethashCanonicalDifficulty(parent) : 0n);
}

function checkGasLimit(
  header: BlockHeader,
  parent: BlockHeader,
  block: { number: number; hash: string },
): void {
  try {
    header.validateGasLimit(parent);
  } catch (cause) {
    throw new BadBlockError(
      block,
      "gasLimit",
      `${header.gasLimit} after ${parent.gasLimit} is out of bounds`,
      cause,
    );
  }
}

function expectedBaseFee(header: BlockHeader, parent: BlockHeader): bigint {
  const first = header.common.hardforkBlock(Hardfork.London) === header.number;
  return first ? header.common.param("initialBaseFee") : parent.calcNextBaseFee();
}
