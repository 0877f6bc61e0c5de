-- Which transactions touched an account: for searches by address. A row is an account in a block.
create table account_transactions (
  address      bytea not null,
  block_number bigint not null,
  -- Places of the transactions in the block, ascending: unsigned LEB128 of each one's distance to the one before.
  indices      bytea not null,
  primary key (address, block_number)
);

-- Rows come in block order, so that a summary of page ranges finds a block's rows, and costs next to nothing to keep.
create index account_transactions_block on account_transactions using brin (block_number);

-- Blocks from before this table, and those appended without it, are added when a search first needs them.
alter table blocks add column accounts_indexed boolean not null default false;
create index blocks_accounts_missing on blocks (number) where not accounts_indexed;

-- eth_getLogs by topics behind the first: an exact index on each would cost more than the rows. Bloom filters over page
-- ranges leave a few pages of a million logs to look at, and are written in the background.
create index logs_topics on logs using brin (
  block_number int8_minmax_ops,
  topic1 bytea_bloom_ops (n_distinct_per_range = 700),
  topic2 bytea_bloom_ops (n_distinct_per_range = 700),
  topic3 bytea_bloom_ops (n_distinct_per_range = 700)
) with (pages_per_range = 16, autosummarize = on);
