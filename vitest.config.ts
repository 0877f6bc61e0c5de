import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "dist/**", ".bundles/**", ".braid/**"];
/**
 * Rooms whose tests leave nothing behind in the process: their files share loaded modules, whose import costs more
 * than most of the tests.
 */
const SHARED = ["protocol", "contracts", "migrations", "executor", "sequencer", "verifier"].map(
  (room) => `${room}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    globalSetup: ["test/support/prepareBundle.mjs"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    // One worker a core: most files wait for processes of their own (Anvil, PostgreSQL, nodes) a good part of the time.
    maxWorkers: availableParallelism(),
    projects: [
      { extends: true, test: { name: "shared", include: SHARED, exclude, isolate: false } },
      {
        extends: true,
        test: { name: "isolated", include: ["**/*.test.ts"], exclude: [...exclude, ...SHARED] },
      },
    ],
  },
});
