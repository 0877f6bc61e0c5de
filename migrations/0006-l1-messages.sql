-- What L1 has told this chain, as far as L1 is confirmed. Rows behind a reorganization of L1 are deleted.

-- The newest confirmed block of each look at L1, and every block with messages. There are gaps.
create table l1_blocks (
  number        bigint primary key check (number >= 0),
  hash          bytea not null unique,
  parent_hash   bytea not null,
  timestamp     bigint not null,
  base_fee      numeric(78) not null,
  blob_base_fee numeric(78) not null
);

-- The queue of OptimismPortal: deposits and forced transactions, in L1 order, from 0 without gaps.
create table l1_messages (
  index            bigint primary key check (index >= 0),
  kind             text not null check (kind in ('deposit', 'forced')),
  l1_block         bigint not null references l1_blocks (number) on delete cascade,
  transaction_hash bytea not null,
  -- Of the event that carries the message.
  log_index        integer not null,
  -- Who queued it; a contract's address is aliased for deposits alone.
  sender           bytea not null,
  -- The deposit transaction (type 0x7e), or the signed transaction as it was given to the portal.
  payload          bytea not null,
  message_hash     bytea not null,
  -- Of all messages up to this one and with it: L1MessageQueue.rollingHash(index + 1).
  rolling_hash     bytea not null,
  constraint l1_messages_place unique (l1_block, log_index)
);

-- Where a block stands on L1. Number 0: nothing is known of L1 yet.
alter table blocks
  add column l1_origin_number     bigint not null default 0,
  add column l1_origin_hash       bytea not null default decode(repeat('00', 32), 'hex'),
  -- Blocks since the origin moved.
  add column l1_sequence_number   bigint not null default 0,
  -- Messages of the queue that blocks up to this one have consumed.
  add column l1_messages_consumed bigint not null default 0,
  -- Transactions at the block's beginning that came from L1: attributes, deposits, forced ones that were valid.
  add column l1_transactions      integer not null default 0;

alter table transactions
  -- Deposits alone: their sender's nonce before them.
  add column deposit_nonce numeric(20);

-- Users' transactions of blocks that a reorganization of L1 undid, until they are in the pool again.
create table requeued_transactions (
  id     bigint generated always as identity primary key,
  sender bytea not null,
  raw    bytea not null
);
