import type { Block } from "../../../protocol/index.ts";
import type { ForkConfig } from "../forks/forkConfig.ts";
import { formatBlock } from "../format/block.ts";
import { quantity } from "../format/quantity.ts";
import { issuanceOf } from "./issuance.ts";

/** A block as Otterscan wants it: without logs bloom, with the number of its transactions, as a JSON number. */
export function otterscanBlock(block: Block, full: boolean): Record<string, unknown> {
  const { transactions, ...rest } = formatBlock(block, full);
  return {
    // Braid's own chain never had work to prove; an imported block may say otherwise.
    ...(block.ethereum === undefined ? { totalDifficulty: "0x0" } : {}),
    ...rest,
    logsBloom: null,
    transactionCount: block.transactions.length,
    ...(full ? { transactions } : {}),
  };
}

/** What `ots_getBlockDetails` answers. Fees are what senders paid, the burnt part too. */
export function blockDetails(block: Block, forks: ForkConfig | undefined) {
  const totalFees = block.receipts.reduce(
    (sum, { gasUsed, effectiveGasPrice }) => sum + gasUsed * effectiveGasPrice,
    0n,
  );
  return {
    block: otterscanBlock(block, false),
    issuance: issuanceOf(block, forks),
    totalFees: quantity(totalFees),
  };
}
