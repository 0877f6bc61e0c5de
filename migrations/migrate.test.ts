import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createSql, type Sql } from "../infra/index.ts";
import { startTestStack, type TestStack } from "../test/support/stack.ts";
import { migrate } from "./migrate.ts";

let stack: TestStack;
let sql: Sql;
let folder: string;
beforeAll(async () => {
  stack = await startTestStack({ postgres: true });
  sql = await createSql(stack.databaseUrl);
});
afterAll(async () => {
  await sql?.end();
  await stack?.stop();
});
beforeEach(async () => {
  await sql.unsafe("drop schema public cascade; create schema public");
  folder = await mkdtemp(join(tmpdir(), "braid-migrations-"));
  return () => rm(folder, { recursive: true });
});

const write = (name: string, statements: string) => writeFile(join(folder, name), statements);
const run = () => migrate(sql, pathToFileURL(`${folder}/`));
const tables = async () =>
  (await sql`select tablename from pg_tables where schemaname = 'public' order by 1`).map(
    (row) => row["tablename"],
  );

test("several processes at once run each migration once", async () => {
  const pools = await Promise.all([1, 2, 3, 4].map(() => createSql(stack.databaseUrl, { max: 1 })));
  const ran = await Promise.all(pools.map((pool) => migrate(pool)));
  expect(ran.flat()).toEqual([
    "0001-chain",
    "0002-batches",
    "0003-chain-metadata",
    "0004-block-executions",
    "0005-indexes-for-readers",
    "0006-l1-messages",
    "0007-settlement",
  ]);
  expect(await migrate(sql)).toEqual([]);
  expect(await tables()).toContain("blocks");
  await Promise.all(pools.map((pool) => pool.end()));
});

test("blocks from before execution reports had columns keep an empty row", async () => {
  const source = new URL(".", import.meta.url);
  for (const name of ["0001-chain.sql", "0002-batches.sql", "0003-chain-metadata.sql"]) {
    await write(name, await readFile(new URL(name, source), "utf8"));
  }
  await run();
  await sql`insert into block_executions (block_number, report) values (0, '{"lanes": 1}'), (1, '{"lanes": 2}')`;
  expect(await migrate(sql)).toEqual([
    "0004-block-executions",
    "0005-indexes-for-readers",
    "0006-l1-messages",
    "0007-settlement",
  ]);
  expect(await sql`select block_number, lanes, executions, access_list from block_executions`).toEqual(
    ["0", "1"].map((block_number) => ({ block_number, lanes: null, executions: null, access_list: null })),
  );
});

test("a migration that fails leaves nothing of itself, what ran before stays, and it runs once mended", async () => {
  await write("0001-a.sql", "create table a (id int);");
  await write("0002-b.sql", "create table b (id int); create table a (id int);");
  await expect(run()).rejects.toMatchObject({ code: "MIGRATION_FAILED", retryable: false });
  expect(await tables()).toEqual(["a", "schema_migrations"]);
  await write("0002-b.sql", "create table b (id int);");
  expect(await run()).toEqual(["0002-b"]);
  expect(await tables()).toEqual(["a", "b", "schema_migrations"]);
});

test("edited, unknown and misnumbered migrations are refused", async () => {
  await write("0001-a.sql", "create table a (id int);");
  await write("0002-b.sql", "create table b (id int);");
  await run();
  await write("0001-a.sql", "create table a (id bigint);");
  await expect(run()).rejects.toMatchObject({ code: "MIGRATION_CHANGED" });
  await write("0001-a.sql", "create table a (id int);");
  await rm(join(folder, "0002-b.sql"));
  await expect(run()).rejects.toMatchObject({ code: "MIGRATION_UNKNOWN" });
  await write("0003-c.sql", "create table c (id int);");
  await expect(run()).rejects.toMatchObject({ code: "MIGRATION_MISNUMBERED" });
});
