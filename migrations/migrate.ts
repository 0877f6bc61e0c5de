import postgres, { type ReservedSql, type Sql } from "postgres";
import { Umzug, MigrationError as UmzugError } from "umzug";
import { MigrationError } from "./migrationError.ts";
import { type MigrationFile, readMigrationFiles } from "./migrationFiles.ts";
import { MigrationStorage } from "./migrationStorage.ts";

/** Any fixed number that no other advisory lock on this database uses: "braid" in ASCII. */
const ADVISORY_LOCK = 0x6272616964;

/**
 * Brings the database to this program's schema and returns the names of the migrations that it ran.
 *
 * Forward only, each migration in a transaction of its own together with its record. Safe for any number of processes
 * at once: a session lock lets one work while the others wait, then find nothing to do. Throws MigrationError.
 */
export async function migrate(sql: Sql, folder: URL = new URL("./", import.meta.url)): Promise<string[]> {
  const files = await readMigrationFiles(folder);
  try {
    const connection = await sql.reserve();
    try {
      return await withLock(connection, () => runPending(connection, files));
    } finally {
      connection.release();
    }
  } catch (error) {
    throw toMigrationError(error);
  }
}

async function withLock<Result>(connection: ReservedSql, work: () => Promise<Result>): Promise<Result> {
  await connection`select pg_advisory_lock(${ADVISORY_LOCK}::bigint)`;
  try {
    return await work();
  } finally {
    await connection`select pg_advisory_unlock(${ADVISORY_LOCK}::bigint)`;
  }
}

async function runPending(connection: ReservedSql, files: MigrationFile[]): Promise<string[]> {
  const [existing] = await connection<{ name: string | null }[]>`
    select to_regclass('schema_migrations')::text as name`;
  if (existing?.name === null) {
    await connection`
      create table schema_migrations (
        name text primary key,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`;
  }
  let begun = false;
  const umzug = new Umzug({
    migrations: files.map(({ name, statements }) => ({
      name,
      up: async () => {
        await connection`begin`;
        begun = true;
        await connection.unsafe(statements).simple();
      },
    })),
    // Umzug would call the connection, which is a function.
    context: () => connection,
    storage: new MigrationStorage(files),
    logger: undefined,
  });
  try {
    return (await umzug.up()).map(({ name }) => name);
  } catch (error) {
    if (begun) await connection`rollback`;
    throw error;
  }
}

/** The server's refusal is final; anything else is a connection that may come back. */
function toMigrationError(error: unknown): MigrationError {
  if (error instanceof MigrationError) return error;
  const cause = error instanceof UmzugError ? error.cause : error;
  const retryable = !(cause instanceof postgres.PostgresError);
  const reason = error instanceof Error ? error.message : String(error);
  return new MigrationError("MIGRATION_FAILED", `migrating the database failed: ${reason}`, {
    cause,
    retryable,
  });
}
