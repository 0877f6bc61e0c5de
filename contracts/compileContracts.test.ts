import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { artifactFile, type CompiledContract, compileContracts, renderArtifact } from "./compileContracts.ts";

/** EIP-170 */
const MAX_CODE_BYTES = 24_576;

let contracts: CompiledContract[];

beforeAll(() => {
  contracts = compileContracts();
});

test("the committed artifacts are what the sources compile to", () => {
  for (const contract of contracts) {
    expect(readFileSync(artifactFile(contract), "utf8"), contract.name).toBe(renderArtifact(contract));
  }
});

test("every contract can be deployed", () => {
  for (const { name, codeBytes } of contracts) {
    expect(codeBytes, name).toBeGreaterThan(0);
    expect(codeBytes, name).toBeLessThanOrEqual(MAX_CODE_BYTES);
  }
});

test("the storage of upgradeable contracts outside their namespaces stays where it is", () => {
  const layoutOf = (wanted: string) =>
    contracts
      .find(({ name }) => name === wanted)
      ?.storageLayout.map(({ label, slot, offset }) => `${slot}:${offset} ${label}`);
  const owned = ["0:0 _owner", "1:0 _pendingOwner"];
  for (const name of ["Rollup", "OptimismPortal", "L1StandardBridge"]) {
    expect(layoutOf(name), name).toEqual(owned);
  }
});
