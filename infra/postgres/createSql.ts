import postgres from "postgres";
import { BraidError } from "../../protocol/index.ts";

export type Sql = postgres.Sql;

/** PostgreSQL did not answer, or refused us. A later try can succeed. */
export class PostgresUnavailableError extends BraidError {
  constructor(url: string, cause: unknown) {
    const reason = cause instanceof Error && cause.message !== "" ? `: ${cause.message}` : "";
    super("POSTGRES_UNAVAILABLE", `no PostgreSQL answers at ${withoutPassword(url)}${reason}`, {
      retryable: true,
      cause,
      hint: "Start PostgreSQL there, correct BRAID_DATABASE_URL, or unset it to let braid run its own.",
    });
  }
}

export interface CreateSqlOptions {
  /** Largest number of connections. Default 10. */
  max?: number;
  /** Shown by pg_stat_activity. */
  name?: string;
  /** Seconds. Default 5. */
  connectTimeout?: number;
}

/**
 * A connection pool that has proven to answer. `url` is `postgres://user@host:port/db`; `?host=/folder` names the
 * folder of a unix socket, as in libpq. Throws PostgresUnavailableError.
 */
export async function createSql(url: string, options: CreateSqlOptions = {}): Promise<Sql> {
  const socketFolder = hostParameter(url);
  const sql = postgres(socketFolder === undefined ? url : withoutHostParameter(url), {
    max: options.max ?? 10,
    connect_timeout: options.connectTimeout ?? 5,
    onnotice: () => undefined,
    connection: { application_name: options.name ?? "braid" },
    ...(socketFolder === undefined ? {} : { host: socketFolder }),
  });
  try {
    await sql`select 1`;
    return sql;
  } catch (error) {
    await sql.end({ timeout: 0 });
    throw new PostgresUnavailableError(url, error);
  }
}

function hostParameter(url: string): string | undefined {
  if (!URL.canParse(url)) {
    throw new BraidError("POSTGRES_URL_INVALID", "the database URL is not a URL", {
      hint: "Write it as postgres://user:password@host:5432/database.",
    });
  }
  return new URL(url).searchParams.get("host") ?? undefined;
}

function withoutHostParameter(url: string): string {
  const parsed = new URL(url);
  parsed.searchParams.delete("host");
  return parsed.href;
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]*@/, ":***@");
}
