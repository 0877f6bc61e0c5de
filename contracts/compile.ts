/** `npx tsx contracts/compile.ts`: compiles the contracts and writes their artifacts. */
import { writeFileSync } from "node:fs";
import { artifactFile, compileContracts, renderArtifact } from "./compileContracts.ts";

for (const contract of compileContracts()) {
  writeFileSync(artifactFile(contract), renderArtifact(contract));
  process.stdout.write(`${contract.name}: ${(contract.bytecode.length - 2) / 2} bytes\n`);
}
