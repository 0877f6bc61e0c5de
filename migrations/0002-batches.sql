-- Batches on their way to L1. Life of one: sealed -> committed -> proven -> finalized.

create table batches (
  number              integer primary key check (number >= 1),
  previous_number     integer generated always as (case when number > 1 then number - 1 end) stored,
  first_block         bigint not null,
  previous_last_block bigint generated always as (first_block - 1) stored,
  last_block          bigint not null references blocks (number),
  data                bytea not null,
  hash                bytea not null unique,
  previous_hash       bytea not null,
  post_state_root     bytea not null,
  status              text not null check (status in ('sealed', 'committed', 'proven', 'finalized')),
  l1_transaction_hash bytea,
  l1_block_number     bigint,
  created_at          timestamptz not null default now(),
  check (first_block <= last_block),
  -- The first batch starts after genesis, which L1 knows from its deployment.
  check (number > 1 or first_block = 1),
  check (status = 'sealed' or (l1_transaction_hash is not null and l1_block_number is not null)),
  constraint batches_number_hash_last_block unique (number, hash, last_block),
  -- No gap: batch n starts where batch n - 1 ends and names its hash.
  constraint batches_follow_previous foreign key (previous_number, previous_hash, previous_last_block)
    references batches (number, hash, last_block)
);

create index batches_last_block on batches (last_block);
create index batches_sealed on batches (number) where status = 'sealed';

-- The outbox: work that other processes must do because of a row written in the same transaction.
create table jobs (
  id         bigint generated always as identity primary key,
  kind       text not null,
  payload    jsonb not null,
  state      text not null default 'pending' check (state in ('pending', 'done')),
  created_at timestamptz not null default now(),
  done_at    timestamptz,
  check ((state = 'done') = (done_at is not null))
);

create index jobs_pending on jobs (kind, id) where state = 'pending';
create unique index jobs_post_batch on jobs ((payload ->> 'batch')) where kind = 'post-batch';
