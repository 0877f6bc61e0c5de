import type { ReservedSql } from "postgres";
import type { UmzugStorage } from "umzug";
import { MigrationError } from "./migrationError.ts";
import type { MigrationFile } from "./migrationFiles.ts";

/**
 * Umzug's memory in PostgreSQL: one row for each migration that has run, written in the migration's own transaction.
 *
 * Umzug logs a migration after `up` has returned, so `up` leaves its transaction open and `logMigration` writes the
 * row and commits both.
 */
export class MigrationStorage implements UmzugStorage<ReservedSql> {
  readonly #files: Map<string, MigrationFile>;

  constructor(files: MigrationFile[]) {
    this.#files = new Map(files.map((file) => [file.name, file]));
  }

  async logMigration({ name, context: sql }: { name: string; context: ReservedSql }): Promise<void> {
    const checksum = this.#files.get(name)?.checksum ?? "";
    await sql`insert into schema_migrations (name, checksum) values (${name}, ${checksum})`;
    await sql`commit`;
  }

  unlogMigration({ name }: { name: string }): Promise<void> {
    throw new MigrationError(
      "MIGRATION_FAILED",
      `migration ${name} cannot be undone: migrations only go forward`,
    );
  }

  /** Throws when what ran before is not what this program knows. */
  async executed({ context: sql }: { context: ReservedSql }): Promise<string[]> {
    const rows = await sql<{ name: string; checksum: string }[]>`
      select name, checksum from schema_migrations order by name`;
    for (const { name, checksum } of rows) {
      const file = this.#files.get(name);
      if (file === undefined) {
        throw new MigrationError(
          "MIGRATION_UNKNOWN",
          `the database has migration ${name}, which this program lacks`,
          {
            hint: "The database was used by a newer Braid: start that version or a later one.",
          },
        );
      }
      if (file.checksum !== checksum) {
        throw new MigrationError("MIGRATION_CHANGED", `migration ${name} was edited after it had run`, {
          hint: "Restore the file and put the change in a new migration.",
        });
      }
    }
    return rows.map((row) => row.name);
  }
}
