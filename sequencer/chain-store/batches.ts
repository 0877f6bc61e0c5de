import type { JSONValue, PendingQuery, Row, Sql } from "postgres";
import { bytesEqual, InvariantError } from "../../protocol/index.ts";
import type { BatchPosting, BatchRecord, BatchStatus, BatchStore, SealedBatch } from "./batchTypes.ts";
import { guarded } from "./chainStoreError.ts";
import { toBytes } from "./rows.ts";

type Fragment = PendingQuery<Row[]>;

interface BatchRow {
  number: number;
  first_block: string;
  last_block: string;
  size: number;
  post_state_root: Buffer;
  last_block_hash: Buffer;
  output_root: Buffer;
  l1_origin_number: string;
  l1_origin_hash: Buffer;
  messages_consumed: string;
  rolling_hash: Buffer;
  status: BatchStatus;
  data_kind: "calldata" | "blobs" | null;
  blob_hashes: Buffer | null;
  previous_hash: Buffer | null;
  hash: Buffer | null;
  commit_transaction: Buffer | null;
  commit_block: string | null;
  prove_transaction: Buffer | null;
  prove_block: string | null;
  proven_at: string | null;
  finalize_transaction: Buffer | null;
  finalize_block: string | null;
  sealed_ms: number;
}

const HASH_BYTES = 32;

export function batchStore(sql: Sql): BatchStore {
  const columns = sql`number, first_block, last_block, length(data) as size, post_state_root, last_block_hash,
    output_root, l1_origin_number, l1_origin_hash, messages_consumed, rolling_hash, status, data_kind, blob_hashes,
    previous_hash, hash, commit_transaction, commit_block, prove_transaction, prove_block, proven_at,
    finalize_transaction, finalize_block, (extract(epoch from created_at) * 1000)::float8 as sealed_ms`;
  const one = (what: string, rest: Fragment) =>
    guarded(`read ${what}`, async () => {
      const [row] = await sql<BatchRow[]>`select ${columns} from batches ${rest}`;
      return row && toBatch(row);
    });
  const lastBatch = () => one("last batch", sql`order by number desc limit 1`);

  return {
    lastBatch,
    batchByNumber: (number) => one(`batch ${number}`, sql`where number = ${number}`),
    async batchOfBlock(block) {
      const batch = await one(
        `batch of block ${block}`,
        sql`where last_block >= ${block} order by last_block limit 1`,
      );
      return batch === undefined || batch.firstBlock > block ? undefined : batch;
    },
    batchData: (number) =>
      guarded(`read data of batch ${number}`, async () => {
        const [row] = await sql<{ data: Buffer }[]>`select data from batches where number = ${number}`;
        return row && toBytes(row.data);
      }),
    batchesIn: (statuses, limit) =>
      guarded("read batches", async () => {
        const rows = await sql<BatchRow[]>`
          select ${columns} from batches where status in ${sql([...statuses])} order by number limit ${limit}`;
        return rows.map(toBatch);
      }),
    countUnposted: () =>
      guarded("count batches", async () => {
        const [row] = await sql<{ count: number }[]>`
          select count(*)::int as count from batches where status = 'sealed'`;
        return row?.count ?? 0;
      }),
    appendBatch: (batch) => appendBatch(sql, batch, lastBatch),
    dropSealedBatches: (from) =>
      guarded(`drop batches from ${from}`, async () => {
        const { count } = await sql`delete from batches where number >= ${from} and status = 'sealed'`;
        return count;
      }),
    safeBlock: () => lastBlockOf(sql, sql`status <> 'sealed'`),
    finalizedBlock: () => lastBlockOf(sql, sql`status = 'finalized'`),
    ...statusChanges(sql),
    ...proofs(sql),
  };
}

/** The tables' constraints refuse one that does not follow the last (InvariantError). */
async function appendBatch(
  sql: Sql,
  batch: SealedBatch,
  lastBatch: () => Promise<BatchRecord | undefined>,
): Promise<void> {
  try {
    await guarded(
      `append batch ${batch.number}`,
      () => sql`
        insert into batches (number, first_block, last_block, data, post_state_root, last_block_hash, output_root,
          l1_origin_number, l1_origin_hash, messages_consumed, rolling_hash)
        values (${batch.number}, ${batch.firstBlock}, ${batch.lastBlock}, ${batch.data}, ${batch.postStateRoot},
          ${batch.lastBlockHash}, ${batch.outputRoot}, ${batch.l1OriginNumber}, ${batch.l1OriginHash},
          ${batch.messagesConsumed}, ${batch.rollingHash})`,
    );
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    const last = await lastBatch();
    const isSame =
      last?.number === batch.number &&
      last.firstBlock === batch.firstBlock &&
      bytesEqual(last.lastBlockHash, batch.lastBlockHash);
    if (!isSame) throw error;
  }
}

function statusChanges(
  sql: Sql,
): Pick<
  BatchStore,
  | "setBatchPosting"
  | "markBatchCommitted"
  | "markBatchProven"
  | "markBatchFinalized"
  | "markBatchesSealed"
  | "markBatchesUnproven"
  | "markBatchesUnfinalized"
> {
  const posted = ({ kind, blobHashes, previousHash, hash }: BatchPosting) => sql`
    data_kind = ${kind}, blob_hashes = ${blobHashes === undefined ? null : Buffer.concat(blobHashes)},
    previous_hash = ${previousHash}, hash = ${hash}`;
  const notFinal = sql`finalize_transaction = null, finalize_block = null`;
  const notProven = sql`prove_transaction = null, prove_block = null, proven_at = null, ${notFinal}`;
  const change = (what: string, assignment: Fragment, condition: Fragment) =>
    guarded(`mark ${what}`, async () => {
      const { count } = await sql`update batches set ${assignment} where ${condition}`;
      return count;
    });
  const changeOne = async (number: number, what: string, assignment: Fragment, condition: Fragment) => {
    const count = await change(
      `batch ${number} ${what}`,
      assignment,
      sql`number = ${number} and ${condition}`,
    );
    if (count !== 1) throw new InvariantError(`batch ${number} is not there to be ${what}`);
  };
  return {
    setBatchPosting: (number, posting) =>
      changeOne(number, "posted", posted(posting), sql`status = 'sealed'`),
    markBatchCommitted: (number, posting, place) =>
      changeOne(
        number,
        "committed",
        sql`status = 'committed', ${posted(posting)}, commit_transaction = ${place.transactionHash},
          commit_block = ${place.blockNumber}, ${notProven}`,
        sql`status in ('sealed', 'committed')`,
      ),
    markBatchProven: (number, place) =>
      changeOne(
        number,
        "proven",
        sql`status = 'proven', prove_transaction = ${place.transactionHash}, prove_block = ${place.blockNumber},
          proven_at = ${place.timestamp}`,
        sql`status in ('committed', 'proven')`,
      ),
    markBatchFinalized: (number, place) =>
      changeOne(
        number,
        "finalized",
        sql`status = 'finalized', finalize_transaction = ${place.transactionHash},
          finalize_block = ${place.blockNumber}`,
        sql`status in ('proven', 'finalized')`,
      ),
    markBatchesSealed: (from) =>
      change(
        `batches from ${from} sealed`,
        sql`status = 'sealed', data_kind = null, blob_hashes = null, previous_hash = null, hash = null,
          commit_transaction = null, commit_block = null, ${notProven}`,
        sql`number >= ${from} and status <> 'sealed'`,
      ),
    markBatchesUnproven: (from) =>
      change(
        `batches from ${from} not proven`,
        sql`status = 'committed', ${notProven}`,
        sql`number >= ${from} and status in ('proven', 'finalized')`,
      ),
    markBatchesUnfinalized: (from) =>
      change(
        `batches from ${from} not final`,
        sql`status = 'proven', ${notFinal}`,
        sql`number >= ${from} and status = 'finalized'`,
      ),
  };
}

function proofs(
  sql: Sql,
): Pick<BatchStore, "addBatchProof" | "batchProofs" | "addBatchRefusal" | "firstRefusal"> {
  return {
    addBatchProof: (number, batchHash, { signer, publicInputs, signature }) =>
      guarded(`store a proof of batch ${number}`, async () => {
        await sql`
          insert into batch_proofs (batch_number, batch_hash, signer, public_inputs, signature)
          values (${number}, ${batchHash}, ${signer}, ${publicInputs}, ${signature})
          on conflict (batch_number, batch_hash, signer)
            do update set public_inputs = excluded.public_inputs, signature = excluded.signature`;
      }),
    batchProofs: (number, batchHash) =>
      guarded(`read proofs of batch ${number}`, async () => {
        const rows = await sql<{ signer: Buffer; public_inputs: Buffer; signature: Buffer }[]>`
          select signer, public_inputs, signature from batch_proofs
          where batch_number = ${number} and batch_hash = ${batchHash} order by signer`;
        return rows.map((row) => ({
          signer: toBytes(row.signer),
          publicInputs: toBytes(row.public_inputs),
          signature: toBytes(row.signature),
        }));
      }),
    addBatchRefusal: (number, batchHash, refusal) =>
      guarded(`store the refusal of batch ${number}`, async () => {
        await sql`
          insert into batch_refusals (batch_number, batch_hash, refusal)
          values (${number}, ${batchHash}, ${sql.json(refusal as JSONValue)})
          on conflict (batch_number, batch_hash) do nothing`;
      }),
    firstRefusal: () =>
      guarded("read refusals", async () => {
        const [row] = await sql<{ number: number; refusal: unknown }[]>`
          select number, refusal from batch_refusals join batches on number = batch_number and hash = batch_hash
          where status in ('committed', 'proven') order by number limit 1`;
        return row;
      }),
  };
}

function lastBlockOf(sql: Sql, condition: Fragment): Promise<number> {
  return guarded("read last block of batches", async () => {
    const [row] = await sql<{ last_block: string }[]>`
      select last_block from batches where ${condition} order by number desc limit 1`;
    return row === undefined ? 0 : Number(row.last_block);
  });
}

function toBatch(row: BatchRow): BatchRecord {
  return {
    number: row.number,
    firstBlock: Number(row.first_block),
    lastBlock: Number(row.last_block),
    postStateRoot: toBytes(row.post_state_root),
    lastBlockHash: toBytes(row.last_block_hash),
    outputRoot: toBytes(row.output_root),
    l1OriginNumber: Number(row.l1_origin_number),
    l1OriginHash: toBytes(row.l1_origin_hash),
    messagesConsumed: Number(row.messages_consumed),
    rollingHash: toBytes(row.rolling_hash),
    status: row.status,
    size: row.size,
    sealedAt: row.sealed_ms,
    posting: toPosting(row),
    commit: toPlace(row.commit_transaction, row.commit_block),
    proof: toProof(row),
    finality: toPlace(row.finalize_transaction, row.finalize_block),
  };
}

function toPosting({ data_kind, blob_hashes, previous_hash, hash }: BatchRow): BatchPosting | undefined {
  if (data_kind === null || previous_hash === null || hash === null) return undefined;
  const blobHashes =
    blob_hashes === null
      ? undefined
      : Array.from({ length: blob_hashes.length / HASH_BYTES }, (_, i) =>
          toBytes(blob_hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)),
        );
  return { kind: data_kind, blobHashes, previousHash: toBytes(previous_hash), hash: toBytes(hash) };
}

function toProof(row: BatchRow) {
  const place = toPlace(row.prove_transaction, row.prove_block);
  return place === undefined || row.proven_at === null
    ? undefined
    : { ...place, timestamp: Number(row.proven_at) };
}

function toPlace(transaction: Buffer | null, block: string | null) {
  return transaction === null || block === null
    ? undefined
    : { transactionHash: toBytes(transaction), blockNumber: Number(block) };
}
