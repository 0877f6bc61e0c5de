import { afterAll, beforeAll, expect, test } from "vitest";
import { createSql, type Sql } from "../../infra/index.ts";
import { migrate } from "../../migrations/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { requireDevChain } from "./requireDevChain.ts";

let stack: TestStack;
let sql: Sql;

beforeAll(async () => {
  stack = await startTestStack({ postgres: true });
  sql = await createSql(stack.databaseUrl);
  await migrate(sql);
});
afterAll(async () => {
  await sql.end();
  await stack.stop();
});

test("a chain that was run with --dev is refused without it ever after", async () => {
  await requireDevChain(sql, false);
  await requireDevChain(sql, true);
  await requireDevChain(sql, true);
  await expect(requireDevChain(sql, false)).rejects.toMatchObject({ code: "DEVELOPMENT_CHAIN" });
});
