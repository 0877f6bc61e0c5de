import { bytesToHex, type Hex } from "../../../protocol/index.ts";
import type { MinedLog } from "../../chain-store/types.ts";
import { quantity } from "./quantity.ts";

export interface FormattedLog {
  address: Hex;
  topics: Hex[];
  data: Hex;
  blockNumber: Hex;
  transactionHash: Hex;
  transactionIndex: Hex;
  blockHash: Hex;
  blockTimestamp: Hex;
  logIndex: Hex;
  removed: false;
}

export function formatLog(mined: MinedLog): FormattedLog {
  return {
    address: bytesToHex(mined.log.address),
    topics: mined.log.topics.map(bytesToHex),
    data: bytesToHex(mined.log.data),
    blockNumber: quantity(mined.blockNumber),
    transactionHash: bytesToHex(mined.transactionHash),
    transactionIndex: quantity(mined.transactionIndex),
    blockHash: bytesToHex(mined.blockHash),
    blockTimestamp: quantity(mined.blockTimestamp),
    logIndex: quantity(mined.logIndex),
    removed: false,
  };
}

/** Logs in order: those of one block share its text. */
export function formatLogs(logs: readonly MinedLog[]): FormattedLog[] {
  let block: { of: Uint8Array; number: Hex; hash: Hex; timestamp: Hex } | undefined;
  return logs.map((mined) => {
    if (block?.of !== mined.blockHash) {
      block = {
        of: mined.blockHash,
        number: quantity(mined.blockNumber),
        hash: bytesToHex(mined.blockHash),
        timestamp: quantity(mined.blockTimestamp),
      };
    }
    const { log } = mined;
    return {
      address: bytesToHex(log.address),
      topics: log.topics.map(bytesToHex),
      data: bytesToHex(log.data),
      blockNumber: block.number,
      transactionHash: bytesToHex(mined.transactionHash),
      transactionIndex: quantity(mined.transactionIndex),
      blockHash: block.hash,
      blockTimestamp: block.timestamp,
      logIndex: quantity(mined.logIndex),
      removed: false,
    };
  });
}
