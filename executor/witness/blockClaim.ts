import { type Block, type BlockClaim, keccak256 } from "../../protocol/index.ts";
import { encodeReceipt } from "../engine/encodeReceipt.ts";

/** What we hold a block to be, for a prover that finds another result to say where. */
export function blockClaim({ hash, header, receipts }: Block): BlockClaim {
  return {
    hash,
    stateRoot: header.stateRoot,
    receiptsRoot: header.receiptsRoot,
    transactions: receipts.map((receipt) => ({
      status: receipt.status,
      gasUsed: Number(receipt.gasUsed),
      receiptHash: keccak256(encodeReceipt(receipt)),
    })),
  };
}
