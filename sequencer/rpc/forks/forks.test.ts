import { expect, test } from "vitest";
import { bytesToHex, hexToBytes } from "../../../protocol/index.ts";
import { startHarness } from "../testing/rpcHarness.ts";
import { braidForkConfig, parseForkConfig } from "./forkConfig.ts";
import { forkConfigurations } from "./forkConfigurations.ts";
import { forkId } from "./forkId.ts";

/** Ethereum's, up to Prague: what EIP-2124's and EIP-6122's own examples are made of. */
const MAINNET = {
  genesis: {
    hash: hexToBytes("0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
    timestamp: 0,
  },
  forks: parseForkConfig({
    chainId: 1,
    homesteadBlock: 1_150_000,
    daoForkBlock: 1_920_000,
    daoForkSupport: true,
    eip150Block: 2_463_000,
    eip155Block: 2_675_000,
    eip158Block: 2_675_000,
    byzantiumBlock: 4_370_000,
    constantinopleBlock: 7_280_000,
    petersburgBlock: 7_280_000,
    istanbulBlock: 9_069_000,
    muirGlacierBlock: 9_200_000,
    berlinBlock: 12_244_000,
    londonBlock: 12_965_000,
    arrowGlacierBlock: 13_773_000,
    grayGlacierBlock: 15_050_000,
    terminalTotalDifficulty: 0,
    shanghaiTime: 1_681_338_455,
    cancunTime: 1_710_338_135,
    pragueTime: 1_746_612_311,
    depositContractAddress: "0x00000000219ab540356cBB839Cbe05303d7705Fa",
    blobSchedule: {
      cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 },
      prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
    },
  }),
};

test.each([
  [0, "0xf0afd0e3"],
  [1_681_338_454, "0xf0afd0e3"],
  [1_681_338_455, "0xdce96c2d"],
  [1_710_338_135, "0x9f3d2254"],
  [1_746_612_311, "0xc376cf8b"],
])("Ethereum's fork id at %i is %s", (time, expected) => {
  expect(bytesToHex(forkId(MAINNET.forks, MAINNET.genesis, time))).toBe(expected);
});

test("the active, next and last fork are told with what each brings", () => {
  const cancun = forkConfigurations({ ...MAINNET, timestamp: 1_700_000_000 });
  expect(cancun.current).toMatchObject({
    activationTime: 1_681_338_455,
    blobSchedule: null,
    systemContracts: {},
  });
  expect(Object.keys(cancun.current?.precompiles ?? {})).toHaveLength(9);
  expect(cancun.next).toMatchObject({
    activationTime: 1_710_338_135,
    forkId: "0x9f3d2254",
    blobSchedule: { target: 3, max: 6 },
    systemContracts: { BEACON_ROOTS_ADDRESS: "0x000f3df6d732807ef1319fb7b8bb8522d0beac02" },
  });
  expect(cancun.last?.forkId).toBe("0xc376cf8b");
  expect(cancun.last?.systemContracts["DEPOSIT_CONTRACT_ADDRESS"]).toBe(
    "0x00000000219ab540356cbb839cbe05303d7705fa",
  );
  expect(forkConfigurations({ ...MAINNET, timestamp: 1_800_000_000 })).toMatchObject({
    current: { activationTime: 1_746_612_311 },
    next: null,
    last: null,
  });
});

test("Braid's own chain is under Osaka from genesis on, and names the contracts that it has", () => {
  const genesis = { hash: new Uint8Array(32), timestamp: 1_767_225_600 };
  const { current, next, last } = forkConfigurations({
    forks: braidForkConfig(7357),
    genesis,
    timestamp: genesis.timestamp + 100,
    hasContract: (address) => !address.startsWith("0x00000961") && !address.startsWith("0x0000bbdd"),
  });
  expect({ next, last }).toEqual({ next: null, last: null });
  expect(current).toMatchObject({
    activationTime: 0,
    blobSchedule: { target: 0, max: 0 },
    chainId: "0x1cbd",
    // CRC-32 of 32 zero bytes.
    forkId: "0x190a55ad",
    systemContracts: {
      BEACON_ROOTS_ADDRESS: "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
      HISTORY_STORAGE_ADDRESS: "0x0000f90827f1c53a10cb7a02335b175320002935",
    },
  });
  expect(Object.keys(current?.systemContracts ?? {})).toHaveLength(2);
  expect(Object.keys(current?.precompiles ?? {})).toHaveLength(18);
});

test("a config that is none is refused", () => {
  expect(() => parseForkConfig({ chainId: 1, blobSchedule: { cancun: { target: "3" } } })).toThrow();
  expect(() => parseForkConfig(null)).toThrow();
});

test("eth_config, eth_capabilities and eth_baseFee answer of the head", async () => {
  const harness = await startHarness({ blocks: 3 });
  const { result } = await harness.call("eth_config");
  expect(result).toMatchObject({
    current: { chainId: "0x1cbd", systemContracts: {} },
    next: null,
    last: null,
  });
  expect((await harness.call("eth_capabilities")).result).toMatchObject({
    head: { number: "0x2", hash: bytesToHex(harness.chain.blocks[2]?.hash ?? new Uint8Array()) },
    state: { disabled: false, oldestBlock: "0x0" },
  });
  expect((await harness.call("eth_baseFee")).result).toBe("0x342770c0");
  await harness.stop();
});
