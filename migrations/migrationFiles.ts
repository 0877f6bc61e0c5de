import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { MigrationError } from "./migrationError.ts";

export interface MigrationFile {
  /** File name without extension: `0001-chain`. */
  name: string;
  statements: string;
  /** SHA-256 of the text, hex: a migration that has run is never edited. */
  checksum: string;
}

const NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** The migrations of a folder in order: `0001-…sql`, `0002-…sql`, without gaps. */
export async function readMigrationFiles(folder: URL): Promise<MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name, index) => {
      if (Number(NAME.exec(name)?.[1]) !== index + 1) {
        throw new MigrationError("MIGRATION_MISNUMBERED", `migration ${name} is not number ${index + 1}`, {
          hint: "Migrations are named 0001-name.sql, 0002-name.sql, … without gaps or doubles.",
        });
      }
      const statements = await readFile(new URL(name, folder), "utf8");
      const checksum = createHash("sha256").update(statements).digest("hex");
      return { name: name.slice(0, -".sql".length), statements, checksum };
    }),
  );
}
