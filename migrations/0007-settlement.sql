-- Batches on their way to a rollup that proves and finalizes them. Those of the first contract mean nothing to this one:
-- the blocks are batched again. What has to be done follows from their status and from L1, so there are no jobs beside.

drop table jobs;
drop table batches;

create table batches (
  number              integer primary key check (number >= 1),
  previous_number     integer generated always as (case when number > 1 then number - 1 end) stored,
  first_block         bigint not null,
  previous_last_block bigint generated always as (first_block - 1) stored,
  last_block          bigint not null references blocks (number),
  data                bytea not null,
  post_state_root     bytea not null,
  last_block_hash     bytea not null,
  output_root         bytea not null,
  l1_origin_number    bigint not null,
  l1_origin_hash      bytea not null,
  messages_consumed   bigint not null,
  -- Of the messages consumed.
  rolling_hash        bytea not null,
  status              text not null default 'sealed' check (status in ('sealed', 'committed', 'proven', 'finalized')),
  -- Chosen when it is posted, and chosen anew while L1 does not have it.
  data_kind           text check (data_kind in ('calldata', 'blobs')),
  -- Versioned hashes of the blobs, 32 bytes each.
  blob_hashes         bytea,
  previous_hash       bytea,
  hash                bytea,
  commit_transaction  bytea,
  commit_block        bigint,
  prove_transaction   bytea,
  prove_block         bigint,
  -- L1's time of the proof, seconds.
  proven_at           bigint,
  finalize_transaction bytea,
  finalize_block      bigint,
  created_at          timestamptz not null default now(),
  check (first_block <= last_block),
  -- The first batch starts after genesis, which L1 knows from its deployment.
  check (number > 1 or first_block = 1),
  check ((hash is null) = (previous_hash is null) and (hash is null) = (data_kind is null)),
  check ((data_kind = 'blobs') = (blob_hashes is not null)),
  check (status = 'sealed' or (hash is not null and commit_block is not null)),
  check (status in ('sealed', 'committed') or proven_at is not null),
  constraint batches_number_last_block unique (number, last_block),
  -- No gap: batch n starts where batch n - 1 ends.
  constraint batches_follow_previous foreign key (previous_number, previous_last_block)
    references batches (number, last_block)
);

create index batches_last_block on batches (last_block);
create index batches_sealed on batches (number) where status = 'sealed';

-- What provers said of a batch, as L1 names it.
create table batch_proofs (
  batch_number  integer not null references batches (number) on delete cascade,
  batch_hash    bytea not null,
  signer        bytea not null,
  public_inputs bytea not null,
  signature     bytea not null,
  created_at    timestamptz not null default now(),
  primary key (batch_number, batch_hash, signer)
);

create table batch_refusals (
  batch_number integer not null references batches (number) on delete cascade,
  batch_hash   bytea not null,
  refusal      jsonb not null,
  created_at   timestamptz not null default now(),
  primary key (batch_number, batch_hash)
);

-- What the poster sends to L1. `key` names what a transaction does; only one at a time does it.
create table l1_transactions (
  id               bigint generated always as identity primary key,
  key              text not null,
  purpose          text not null check (purpose in ('commit', 'prove', 'finalize', 'cancel')),
  batch            integer not null,
  kind             text not null check (kind in ('plain', 'blobs')),
  to_address       bytea not null,
  -- Both emptied once the transaction has ended.
  calldata         bytea not null,
  blob_data        bytea,
  gas_limit        numeric(20) not null,
  state            text not null default 'waiting' check (state in ('waiting', 'sent', 'mined', 'dropped')),
  cancelled        boolean not null default false,
  nonce            bigint,
  transaction_hash bytea,
  block_number     bigint,
  block_hash       bytea,
  succeeded        boolean,
  gas_used         numeric(20),
  -- Wei.
  cost             numeric(78),
  created_at       timestamptz not null default now(),
  ended_at         timestamptz,
  check ((state = 'sent') <= (nonce is not null)),
  check ((state = 'mined') = (transaction_hash is not null))
);

create unique index l1_transactions_open on l1_transactions (key) where state in ('waiting', 'sent') and not cancelled;
create unique index l1_transactions_nonce on l1_transactions (nonce) where state = 'sent';
create index l1_transactions_live on l1_transactions (id) where state in ('waiting', 'sent');
create index l1_transactions_ended on l1_transactions (ended_at) where state = 'mined';

-- Every signed form in which a transaction was offered, written before it is sent.
create table l1_attempts (
  hash             bytea primary key,
  transaction_id   bigint not null references l1_transactions (id) on delete cascade,
  max_fee          numeric(78) not null,
  max_priority_fee numeric(78) not null,
  max_blob_fee     numeric(78) not null,
  cancels          boolean not null default false,
  sent_at          timestamptz not null default now()
);

create index l1_attempts_transaction on l1_attempts (transaction_id);
