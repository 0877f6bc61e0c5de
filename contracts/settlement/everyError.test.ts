/** Every custom error of the settlement is provoked by a test beside this one, under its name. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { attestationVerifierArtifact } from "../artifacts/attestationVerifier.ts";
import { l1StandardBridgeArtifact } from "../artifacts/l1StandardBridge.ts";
import { optimismPortalArtifact } from "../artifacts/optimismPortal.ts";
import { rollupArtifact } from "../artifacts/rollup.ts";

/** Of libraries, for misuse that the compiler or another check before it rules out. */
const UNREACHABLE: Record<string, string> = {
  AddressEmptyCode: "an implementation without code is refused as no UUPS implementation before it is called",
  InvalidShortString: "the name and version of the EIP-712 domain are constants",
  StringTooLong: "the name and version of the EIP-712 domain are constants",
  NotInitializing: "only initializers call what is marked onlyInitializing",
};

const HERE = new URL(".", import.meta.url);

test("each custom error is provoked by name", () => {
  const names = [
    attestationVerifierArtifact,
    l1StandardBridgeArtifact,
    optimismPortalArtifact,
    rollupArtifact,
  ]
    .flatMap(({ abi }) => abi.filter((item) => item.type === "error"))
    .map(({ name }) => name);
  const tests = readdirSync(HERE)
    .filter((file) => file.endsWith(".test.ts") && !import.meta.url.endsWith(file))
    .map((file) => readFileSync(new URL(file, HERE), "utf8"))
    .join("\n");
  // In an expectation: toBe("Name(…)"), toBe(`Name(…)`), toMatch(/^Name/), or a constant that one compares with.
  const provoked = (name: string) => new RegExp(`(["\`]${name}\\(|/\\^${name}\\b)`).test(tests);
  const missing = [...new Set(names)].filter((name) => !(name in UNREACHABLE) && !provoked(name));
  expect(missing).toEqual([]);
  for (const name of Object.keys(UNREACHABLE)) expect(names).toContain(name);
});
