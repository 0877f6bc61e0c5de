import {
  accountsOfBlock,
  type Block,
  type BlockAccessList,
  encodeIndices,
  type Log,
} from "../../protocol/index.ts";
import { accountKey, logKey, numberKey } from "./archiveKeys.ts";
import type { ArchiveWriter } from "./archiveStore.ts";

type IndexName = Parameters<ArchiveWriter["remove"]>[0];
type Logged = { logs: readonly Log[] };

const NOTHING = new Uint8Array(0);

export interface TouchedAccounts {
  touched: { address: Uint8Array }[];
}

/** Enters a block in the index of accounts; `executions[i]` is how transaction i ran. */
export function indexAccounts(
  writer: ArchiveWriter,
  block: Pick<Block, "header" | "transactions" | "receipts">,
  executions: readonly TouchedAccounts[],
): void {
  for (const { address, indices } of accountsOfBlock(block, executions)) {
    writer.put("account", accountKey(address, block.header.number), encodeIndices(indices));
  }
}

export function indexLogs(writer: ArchiveWriter, number: number, outcomes: readonly Logged[]): void {
  for (const key of logKeys(number, outcomes)) writer.put("log", key, NOTHING);
}

/** Each once. */
export function logKeys(number: number, outcomes: readonly Logged[]): Iterable<Buffer> {
  const keys = new Map<string, Buffer>();
  for (const { logs } of outcomes) {
    for (const { address, topics } of logs) {
      for (const [position, value] of [address, ...topics].entries()) {
        const key = logKey(position, value, number);
        keys.set(key.toString("latin1"), key);
      }
    }
  }
  return keys.values();
}

/** Keys of everything that `append` wrote about a block. */
export function keysOfBlock(
  block: Block,
  accessList: BlockAccessList,
): { name: IndexName; key: Uint8Array }[] {
  const { header, hash, transactions, receipts } = block;
  const accounts = [...accountsOfBlock(block), ...accessList].map(({ address }) => address);
  const number = numberKey(header.number);
  return [
    ...(["block", "body", "outcome", "accessList"] as const).map((name) => ({ name, key: number })),
    { name: "hash" as const, key: hash },
    ...transactions.map((transaction) => ({ name: "place" as const, key: transaction.hash })),
    ...accounts.map((address) => ({ name: "account" as const, key: accountKey(address, header.number) })),
    ...[...logKeys(header.number, receipts)].map((key) => ({ name: "log" as const, key })),
  ];
}
