import type { Sql } from "postgres";
import { ChainStoreError, guarded } from "./chainStoreError.ts";

/**
 * Forgets every block after `number`, with all that belongs to them and the batches that were not posted yet, in one
 * transaction. Refuses when L1 has a batch with one of these blocks: what L1 knows is not ours to undo. Doing it again
 * does nothing. `requeue`: users' transactions of those blocks are kept for the pool (`requeued_transactions`).
 */
export function truncateAfter(
  sql: Sql,
  number: number,
  { requeue = false }: { requeue?: boolean } = {},
): Promise<void> {
  return guarded(`forget the blocks after ${number}`, async () => {
    await sql.begin(async (transaction) => {
      // A batch that is sealed meanwhile waits, and then finds its blocks gone.
      await transaction`lock table batches in share row exclusive mode`;
      const [posted] = await transaction<{ number: number }[]>`
        select number from batches where last_block > ${number} and status <> 'sealed' limit 1`;
      if (posted !== undefined) throw postedError(number, posted.number);
      await transaction`delete from batches where last_block > ${number}`;
      if (requeue) {
        await transaction`
          insert into requeued_transactions (sender, raw)
          select sender, raw from transactions join blocks on blocks.number = transactions.block_number
          where block_number > ${number} and index >= l1_transactions order by block_number, index`;
      }
      await transaction`delete from logs where block_number > ${number}`;
      await transaction`delete from transactions where block_number > ${number}`;
      await transaction`delete from account_transactions where block_number > ${number}`;
      await transaction`delete from state_diffs where block_number > ${number}`;
      await transaction`delete from block_executions where block_number > ${number}`;
      await transaction`delete from blocks where number > ${number}`;
    });
  });
}

function postedError(block: number, batch: number): ChainStoreError {
  return new ChainStoreError(
    "CHAIN_STORE_BATCH_POSTED",
    `cannot go back to block ${block}: batch ${batch}, which is on L1, reaches beyond it`,
  );
}
