/** The poster's L1 transactions in PostgreSQL: written before L1 hears of them, so that no restart forgets one. */
import type { PendingQuery, Row, Sql } from "postgres";
import { InvariantError } from "../../protocol/index.ts";
import { guarded } from "../chain-store/chainStoreError.ts";
import type {
  L1Call,
  MinedReceipt,
  StoredTransaction,
  TransactionAttempt,
  TransactionKind,
  TransactionPurpose,
  TransactionState,
} from "./types.ts";

interface TransactionRow {
  id: string;
  key: string;
  purpose: TransactionPurpose;
  batch: number;
  kind: TransactionKind;
  to_address: Buffer;
  calldata: Buffer;
  blob_data: Buffer | null;
  gas_limit: string;
  state: TransactionState;
  cancelled: boolean;
  nonce: string | null;
}

interface AttemptRow {
  hash: Buffer;
  transaction_id: string;
  max_fee: string;
  max_priority_fee: string;
  max_blob_fee: string;
  cancels: boolean;
  sent_ms: number;
}

export interface MinedTransactionRef {
  id: number;
  key: string;
  purpose: TransactionPurpose;
  nonce: number;
  blockNumber: number;
  blockHash: Uint8Array;
  succeeded: boolean;
}

export type TransactionStore = ReturnType<typeof createTransactionStore>;

export function createTransactionStore(sql: Sql) {
  return {
    /** Waiting and sent, in the order in which they were wanted. */
    open: () => openTransactions(sql),
    add: (transaction: NewTransaction) => addTransaction(sql, transaction),
    /** Before it is sent. The nonce is the transaction's from now on. */
    recordAttempt: (id: number, nonce: number, attempt: Omit<TransactionAttempt, "sentAt">) =>
      recordAttempt(sql, id, nonce, attempt),
    markMined: (id: number, receipt: MinedReceipt) => markMined(sql, id, receipt),
    /** Its nonce went to something else: it needs another. */
    markDisplaced: (id: number) =>
      update(
        sql,
        id,
        "displaced",
        sql`state = case when cancelled then 'dropped' else 'waiting' end, nonce = null`,
      ),
    /** L1 lost the block that had it. */
    markSentAgain: (id: number) =>
      update(
        sql,
        id,
        "lost by L1",
        sql`state = 'sent', transaction_hash = null, block_number = null, block_hash = null, succeeded = null,
          gas_used = null, cost = null, ended_at = null`,
      ),
    cancel: (id: number) => update(sql, id, "cancelled", sql`cancelled = true`),
    /** One that was never offered leaves nothing behind: prices that flip make many of them. */
    drop: (id: number) =>
      guarded(`drop L1 transaction ${id}`, async () => {
        await sql`
          with unsent as (
            delete from l1_transactions
            where id = ${id} and not exists (select from l1_attempts where transaction_id = ${id})
            returning id
          )
          update l1_transactions set state = 'dropped', calldata = '', blob_data = null, ended_at = now(), nonce = null
          where id = ${id} and not exists (select from unsent)`;
      }),
    /** Mined from this L1 block on, newest last. */
    minedSince: (blockNumber: number) => minedSince(sql, blockNumber),
    /** Empties what ended before this L1 block: a reorganization cannot bring it back. */
    forgetPayloads: (beforeBlock: number) =>
      guarded("forget payloads", async () => {
        await sql`
          update l1_transactions set calldata = '', blob_data = null
          where state = 'mined' and block_number < ${beforeBlock} and length(calldata) > 0`;
      }),
    /** Wei that left in the last `seconds`. */
    spentWithin: (seconds: number) =>
      guarded("read spending", async () => {
        const [row] = await sql<{ spent: string | null }[]>`
          select sum(cost)::text as spent from l1_transactions
          where state = 'mined' and ended_at > now() - make_interval(secs => ${seconds})`;
        return BigInt(row?.spent ?? "0");
      }),
  };
}

export interface NewTransaction {
  key: string;
  purpose: TransactionPurpose;
  batch: number;
  kind: TransactionKind;
  call: L1Call;
}

function addTransaction(sql: Sql, { key, purpose, batch, kind, call }: NewTransaction): Promise<number> {
  return guarded(`add L1 transaction ${key}`, async () => {
    const [row] = await sql<{ id: string }[]>`
      insert into l1_transactions (key, purpose, batch, kind, to_address, calldata, blob_data, gas_limit)
      values (${key}, ${purpose}, ${batch}, ${kind}, ${call.to}, ${call.calldata}, ${call.blobData ?? null},
        ${call.gasLimit.toString()})
      returning id`;
    if (row === undefined) throw new InvariantError(`L1 transaction ${key} was not stored`);
    return Number(row.id);
  });
}

function openTransactions(sql: Sql): Promise<StoredTransaction[]> {
  return guarded("read open L1 transactions", async () => {
    const rows = await sql<TransactionRow[]>`
      select id, key, purpose, batch, kind, to_address, calldata, blob_data, gas_limit, state, cancelled, nonce
      from l1_transactions where state in ('waiting', 'sent') order by id`;
    if (rows.length === 0) return [];
    const attempts = await sql<AttemptRow[]>`
      select hash, transaction_id, max_fee, max_priority_fee, max_blob_fee, cancels,
        (extract(epoch from sent_at) * 1000)::float8 as sent_ms
      from l1_attempts where transaction_id in ${sql(rows.map(({ id }) => id))} order by sent_at, max_fee`;
    return rows.map((row) => toTransaction(row, attempts));
  });
}

function toTransaction(row: TransactionRow, attempts: AttemptRow[]): StoredTransaction {
  return {
    id: Number(row.id),
    key: row.key,
    purpose: row.purpose,
    batch: row.batch,
    kind: row.kind,
    call: {
      to: new Uint8Array(row.to_address),
      calldata: new Uint8Array(row.calldata),
      blobData: row.blob_data === null ? undefined : new Uint8Array(row.blob_data),
      gasLimit: BigInt(row.gas_limit),
    },
    state: row.state,
    cancelled: row.cancelled,
    nonce: row.nonce === null ? undefined : Number(row.nonce),
    attempts: attempts.filter((attempt) => attempt.transaction_id === row.id).map(toAttempt),
  };
}

function toAttempt(row: AttemptRow): TransactionAttempt {
  return {
    hash: new Uint8Array(row.hash),
    fees: {
      maxFeePerGas: BigInt(row.max_fee),
      maxPriorityFeePerGas: BigInt(row.max_priority_fee),
      maxFeePerBlobGas: BigInt(row.max_blob_fee),
    },
    cancels: row.cancels,
    sentAt: row.sent_ms,
  };
}

function recordAttempt(
  sql: Sql,
  id: number,
  nonce: number,
  { hash, fees, cancels }: Omit<TransactionAttempt, "sentAt">,
): Promise<void> {
  return guarded("record an attempt", async () => {
    await sql`
      with transaction as (
        update l1_transactions set state = 'sent', nonce = ${nonce} where id = ${id} returning id
      )
      insert into l1_attempts (hash, transaction_id, max_fee, max_priority_fee, max_blob_fee, cancels)
      select ${hash}, id, ${fees.maxFeePerGas.toString()}, ${fees.maxPriorityFeePerGas.toString()},
        ${fees.maxFeePerBlobGas.toString()}, ${cancels}
      from transaction
      on conflict (hash) do nothing`;
  });
}

async function markMined(sql: Sql, id: number, receipt: MinedReceipt): Promise<void> {
  await update(
    sql,
    id,
    "mined",
    sql`state = 'mined', transaction_hash = ${receipt.transactionHash}, block_number = ${receipt.blockNumber},
      block_hash = ${receipt.blockHash}, succeeded = ${receipt.succeeded}, gas_used = ${receipt.gasUsed.toString()},
      cost = ${receipt.cost.toString()}, ended_at = now()`,
  );
}

function minedSince(sql: Sql, blockNumber: number): Promise<MinedTransactionRef[]> {
  return guarded("read mined L1 transactions", async () => {
    const rows = await sql<
      {
        id: string;
        key: string;
        purpose: TransactionPurpose;
        nonce: string;
        block_number: string;
        block_hash: Buffer;
        succeeded: boolean;
      }[]
    >`
      select id, key, purpose, nonce, block_number, block_hash, succeeded from l1_transactions
      where state = 'mined' and block_number >= ${blockNumber} order by block_number, nonce`;
    return rows.map((row) => ({
      id: Number(row.id),
      key: row.key,
      purpose: row.purpose,
      nonce: Number(row.nonce),
      blockNumber: Number(row.block_number),
      blockHash: new Uint8Array(row.block_hash),
      succeeded: row.succeeded,
    }));
  });
}

function update(sql: Sql, id: number, what: string, assignment: PendingQuery<Row[]>): Promise<void> {
  return guarded(`mark L1 transaction ${id} ${what}`, async () => {
    const { count } = await sql`update l1_transactions set ${assignment} where id = ${id}`;
    if (count !== 1) throw new InvariantError(`L1 transaction ${id} is not there to be ${what}`);
  });
}
