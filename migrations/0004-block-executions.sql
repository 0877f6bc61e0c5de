-- How each block ran, in columns that are read alone, and its access list (EIP-7928). Blocks from before keep their row
-- and have nothing in it: how they ran is known to nobody who asks.
alter table block_executions
  drop column report,
  add column lanes             integer,
  add column re_executed       integer,
  -- Also run one transaction at a time and compared.
  add column shadowed          boolean,
  add column critical_path_gas bigint,
  -- By lane; the first is the coordinator.
  add column lane_ms           double precision[],
  add column plan_ms           double precision,
  add column execute_ms        double precision,
  add column validate_ms       double precision,
  add column root_ms           double precision,
  add column seal_ms           double precision,
  -- The locations that most transactions wanted, at most ten; empty for none. Read over many blocks at once.
  add column contended         bytea,
  -- How each transaction ran, of those that were not ordinary transfers.
  add column executions        bytea,
  -- RLP.
  add column access_list       bytea,
  add constraint block_executions_whole check (
    num_nulls(lanes, re_executed, shadowed, critical_path_gas, lane_ms, plan_ms, execute_ms, validate_ms, root_ms,
      seal_ms, contended, executions, access_list) in (0, 13));

-- What is random or deflated already does not get smaller: no time is spent on trying. The contended locations stay in
-- the row.
alter table block_executions
  alter column contended set storage main,
  alter column executions set storage external,
  alter column access_list set storage external;
