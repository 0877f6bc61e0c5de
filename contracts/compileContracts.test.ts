import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { artifactFile, compileContracts, renderArtifact } from "./compileContracts.ts";

test("the committed artifacts are what the sources compile to", () => {
  for (const contract of compileContracts()) {
    expect(readFileSync(artifactFile(contract), "utf8"), contract.name).toBe(renderArtifact(contract));
  }
}, 60_000);

test("the rollup's storage outside its namespace stays where it is", () => {
  const rollup = compileContracts().find(({ name }) => name === "Rollup");
  expect(rollup?.storageLayout.map(({ label, slot, offset }) => `${slot}:${offset} ${label}`)).toEqual([
    "0:0 _owner",
    "1:0 _pendingOwner",
    "1:20 _paused",
  ]);
}, 60_000);
