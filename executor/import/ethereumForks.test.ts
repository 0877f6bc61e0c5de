import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LaneCommon } from "../engine/laneCommon.ts";
import { createEthereumForks } from "./ethereumForks.ts";
import { readGenesis } from "./ethereumGenesis.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "braid-genesis-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SCHEDULE = { target: 1, max: 3, baseFeeUpdateFraction: 777_777 };
const CONFIG = {
  chainId: 99,
  homesteadBlock: 0,
  eip150Block: 2,
  eip155Block: 3,
  eip158Block: 3,
  byzantiumBlock: 4,
  constantinopleBlock: 5,
  petersburgBlock: 5,
  istanbulBlock: 6,
  berlinBlock: 7,
  londonBlock: 8,
  shanghaiTime: 200,
  cancunTime: 300,
  pragueTime: 400,
  osakaTime: 500,
  bpo1Time: 600,
  terminalTotalDifficulty: 1,
  blobSchedule: { cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 }, bpo1: SCHEDULE },
};

function genesisOf(config: object, rest: object = {}) {
  const file = join(folder, "genesis.json");
  writeFileSync(
    file,
    JSON.stringify({ config, gasLimit: "0x1000000", difficulty: "0x1", alloc: {}, ...rest }),
  );
  return readGenesis(file);
}

describe("the forks of an Ethereum chain", () => {
  it("are found by number before the merge and by time after it", () => {
    const { rulesAt } = createEthereumForks(genesisOf(CONFIG), 10);
    const at = (number: number, timestamp: number) => rulesAt({ number, timestamp }).hardfork;
    expect([0, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => at(number, number * 10))).toEqual([
      ...["homestead", "tangerineWhistle", "spuriousDragon", "byzantium", "petersburg", "istanbul"],
      ...["berlin", "london", "london"],
    ]);
    expect(at(10, 100)).toBe("mergeNetsplitBlock");
    expect([200, 300, 400, 500, 600, 9000].map((timestamp) => at(20, timestamp))).toEqual([
      ...["shanghai", "cancun", "prague", "osaka", "bpo1", "bpo1"],
    ]);
  });

  it("carry the chain's own blob parameters, those of the fork before where a fork names none", () => {
    const { rulesAt } = createEthereumForks(genesisOf(CONFIG), 10);
    const { cancun } = CONFIG.blobSchedule;
    expect(rulesAt({ number: 20, timestamp: 500 }).blobSchedule).toEqual(cancun);
    const last = rulesAt({ number: 20, timestamp: 600 });
    expect(last.blobSchedule).toEqual(SCHEDULE);
    for (const rules of [last, rulesAt({ number: 20, timestamp: 300 })]) {
      const { target = 0, max = 0, baseFeeUpdateFraction = 0 } = rules.blobSchedule ?? {};
      expect(new LaneCommon(rules).getBlobGasSchedule()).toEqual({
        targetBlobGasPerBlock: BigInt(target * 131_072),
        maxBlobGasPerBlock: BigInt(max * 131_072),
        blobGasPriceUpdateFraction: BigInt(baseFeeUpdateFraction),
      });
    }
  });

  it("takes a genesis as geth writes it: decimal balances, addresses without 0x", () => {
    const address = "ab".repeat(20);
    const { stateDiff } = genesisOf(CONFIG, { alloc: { [address]: { balance: "1000000000000000000000" } } });
    expect(stateDiff.accounts[0]?.account?.balance).toBe(10n ** 21n);
    expect(Buffer.from(stateDiff.accounts[0]?.address ?? []).toString("hex")).toBe(address);
  });

  it("refuses what it cannot import", () => {
    const forks = (config: object) => () => createEthereumForks(genesisOf(config), 10);
    expect(forks({ ...CONFIG, clique: { period: 1 } })).toThrow("proof-of-authority");
    expect(forks({ ...CONFIG, eip158Block: 4 })).toThrow("EIP155 block number must equal");
    expect(forks({ ...CONFIG, blobSchedule: { cancun: { target: 1 } } })).toThrow("blobSchedule");
  });
});
