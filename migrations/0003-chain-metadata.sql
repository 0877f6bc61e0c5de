-- Facts about the chain as a whole that every process on this database must agree on.
create table chain_metadata (
  key        text primary key,
  value      text not null,
  updated_at timestamptz not null default now()
);
