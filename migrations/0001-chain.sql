-- The sealed chain: append-only, one PostgreSQL transaction a block.

create table blocks (
  number                   bigint primary key check (number >= 0),
  hash                     bytea not null unique,
  parent_hash              bytea not null,
  -- Null for genesis alone, so that genesis alone has no parent to follow.
  parent_number            bigint generated always as (case when number > 0 then number - 1 end) stored,
  coinbase                 bytea not null,
  state_root               bytea not null,
  transactions_root        bytea not null,
  receipts_root            bytea not null,
  logs_bloom               bytea not null,
  gas_limit                bigint not null,
  gas_used                 bigint not null,
  timestamp                bigint not null,
  extra_data               bytea not null,
  prev_randao              bytea not null,
  base_fee_per_gas         numeric(78) not null,
  parent_beacon_block_root bytea not null,
  size                     integer not null,
  transaction_count        integer not null,
  constraint blocks_number_hash unique (number, hash),
  -- The chain has no gap and no fork: number n needs block n - 1 with the hash that it names as its parent.
  constraint blocks_follow_parent foreign key (parent_number, parent_hash) references blocks (number, hash)
);

-- A transaction with its receipt. No foreign key to blocks: rows are only written by the statement that writes the
-- block, and the check would cost more than the row.
create table transactions (
  block_number        bigint not null,
  index               integer not null,
  hash                bytea not null,
  sender              bytea not null,
  nonce               numeric(20) not null,
  type                smallint not null,
  raw                 bytea not null,
  status              smallint not null,
  gas_used            bigint not null,
  cumulative_gas_used bigint not null,
  effective_gas_price numeric(78) not null,
  contract_address    bytea,
  first_log_index     integer not null,
  log_count           integer not null,
  primary key (block_number, index),
  constraint transactions_hash unique (hash)
);

create table logs (
  block_number      bigint not null,
  log_index         integer not null,
  transaction_index integer not null,
  address           bytea not null,
  topic0            bytea,
  topic1            bytea,
  topic2            bytea,
  topic3            bytea,
  data              bytea not null,
  primary key (block_number, log_index)
);

-- eth_getLogs: both answer in the order of the chain.
create index logs_address on logs (address, block_number, log_index);
create index logs_topic0 on logs (topic0, block_number, log_index) where topic0 is not null;

-- What each block changed in the state: from these the state store is rebuilt.
create table state_diffs (
  block_number bigint primary key,
  diff         bytea not null
);

-- How each block ran: lanes, re-executions, times.
create table block_executions (
  block_number bigint primary key,
  report       jsonb not null
);

-- Transactions that were acknowledged and can never be mined, with the reason.
create table rejections (
  hash   bytea primary key,
  sender bytea not null,
  reason text not null,
  at     timestamptz not null default now()
);
