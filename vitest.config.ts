import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "dist/**", ".braid/**"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    // One worker a core: most files wait for processes of their own (Anvil, PostgreSQL, nodes) a good part of the time.
    maxWorkers: availableParallelism(),
  },
});
