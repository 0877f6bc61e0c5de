import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { sharedData } from "../../test/support/sharedData.ts";
import { checkShape } from "./readJson.ts";
import { decodeReplayTransaction } from "./replayTransaction.ts";
import { fromRpcTransaction, rpcTransactionSchema, toRpcTransaction } from "./rpcTransaction.ts";
import { StateTestRunner } from "./runStateTest.ts";
import { parseStateTests, type StateTest } from "./stateTestFile.ts";
import { stateTestFiles } from "./stateTestFiles.ts";

const OWN = fileURLToPath(new URL("./fixtures/stateTests.json", import.meta.url));
const osaka = sharedData("state-tests/osaka.tar.gz");
/** A handful run for seconds each, and have nothing to do with lanes. `braid statetest` runs them. */
const SLOW = /static_Return50000_2|static_LoopCallsThenRevert|ContractCreationSpam|run_until_out_of_gas/;
const LIMIT_MS = 300_000;

function read(source: string): StateTest[] {
  return [...stateTestFiles(source)].flatMap(
    ({ name, bytes }) => parseStateTests(bytes, name, undefined).tests,
  );
}

/** Always the same tenth, whatever else there is. */
function isChosen({ name }: StateTest): boolean {
  return (createHash("sha256").update(name).digest()[0] ?? 0) % 10 === 0 && !SLOW.test(name);
}

async function failures(tests: StateTest[], lanes: number): Promise<string[]> {
  const runner = new StateTestRunner(lanes);
  const failed: string[] = [];
  for (const test of tests) {
    const { pass, name, fork, error } = await runner.run(test);
    if (!pass) failed.push(`${fork} ${name}: ${error}`);
  }
  return failed;
}

describe("our own state tests", () => {
  it.each([1, 2])("pass in %i lanes, refused transactions and older forks among them", async (lanes) => {
    const tests = read(OWN);
    expect(new Set(tests.map(({ fork }) => fork))).toEqual(new Set(["Osaka", "Cancun", "Shanghai"]));
    expect(tests.filter(({ expectException }) => expectException !== undefined)).toHaveLength(2);
    expect(await failures(tests, lanes)).toEqual([]);
  });

  it("names the forks without rules and takes only the fork that was asked for", () => {
    const [file] = [...stateTestFiles(OWN)];
    const bytes = file?.bytes ?? new Uint8Array(0);
    expect(parseStateTests(bytes, OWN, undefined).unknownForks).toEqual(new Map([["Frontier", 1]]));
    const cancun = parseStateTests(bytes, OWN, "Cancun");
    expect(cancun.tests.map(({ fork }) => fork)).toEqual(["Cancun"]);
    expect(cancun.unknownForks.size).toBe(0);
  });

  it("have no base fee before London, although one environment serves every fork", () => {
    const [file] = [...stateTestFiles(OWN)];
    const content = JSON.parse(Buffer.from(file?.bytes ?? []).toString("utf8"));
    const [id] = Object.keys(content);
    const one = content[id ?? ""];
    const [expectations] = Object.values(one.post);
    one.env.currentBaseFee = "0x0a";
    one.post = { Istanbul: expectations, Berlin: expectations, London: expectations };
    const bytes = Buffer.from(JSON.stringify({ [id ?? ""]: one }));
    const { tests } = parseStateTests(bytes, OWN, undefined);
    const baseFees = new Map(tests.map(({ fork, environment }) => [fork, environment.baseFeePerGas]));
    expect(baseFees).toEqual(
      new Map([
        ["Istanbul", 0n],
        ["Berlin", 0n],
        ["London", 10n],
      ]),
    );
  });

  it.each([1, 2])("fail in %i lanes when anything expected is another", async (lanes) => {
    const test = read(OWN)[0];
    if (test === undefined) throw new TypeError("there is no test");
    const other = new Uint8Array(32).fill(1);
    const wrong: [Partial<StateTest>, RegExp][] = [
      [{ stateRoot: other }, /^state root 0x[0-9a-f]{64}, expected 0x0101/],
      [{ logsHash: other }, /^logs hash 0x[0-9a-f]{64}, expected 0x0101/],
      [{ expectException: "TransactionException.NONE" }, /must be refused: TransactionException.NONE/],
      [{ txbytes: Uint8Array.of(0xc0) }, /^the transaction was refused: /],
      [{ pre: [] }, /^the transaction was refused: nonce|insufficient funds/],
    ];
    for (const [change, message] of wrong) {
      const result = await new StateTestRunner(lanes).run({ ...test, ...change });
      expect(result.pass).toBe(false);
      expect(result.error).toMatch(message);
    }
  });
});

const name = osaka === undefined ? "Osaka (skipped: no shared data here)" : "a tenth of Osaka's state tests";

describe.skipIf(osaka === undefined)(name, () => {
  it("passes, by turns inline and by way of a lane", { timeout: LIMIT_MS }, async () => {
    const tests = read(osaka ?? "").filter(isChosen);
    expect(tests.length).toBeGreaterThan(900);
    const [inline, onLane] = [0, 1].map((turn) => tests.filter((_, i) => i % 2 === turn));
    expect(await failures(inline ?? [], 1)).toEqual([]);
    expect(await failures(onLane ?? [], 2)).toEqual([]);
  });

  it("holds transactions of all types, which come back from the form that JSON-RPC gives them", () => {
    const types = new Set<number>();
    for (const test of read(osaka ?? "").filter(isChosen)) {
      if (test.expectException !== undefined) continue;
      const transaction = decodeReplayTransaction(test.txbytes);
      const rpc = checkShape(toRpcTransaction(transaction, 0), test.name, rpcTransactionSchema);
      expect(fromRpcTransaction(rpc, test.name)).toEqual(transaction);
      types.add(transaction.type);
    }
    expect([...types].sort()).toEqual([0, 1, 2, 3, 4]);
  });
});
