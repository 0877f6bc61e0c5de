import { Hardfork } from "@ethereumjs/common";
import { z } from "zod";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import { type ChainRules, SUPPORTED_HARDFORKS } from "../engine/chainRules.ts";
import { type AllocAccount, allocSchema } from "./alloc.ts";
import {
  addressSchema,
  dataSchema,
  hashSchema,
  numberSchema,
  quantitySchema,
  slotSchema,
} from "./hexSchemas.ts";
import { parseJson } from "./readJson.ts";

/** One transaction on one state under one fork, and what must come of it. */
export interface StateTest {
  /** The test's id; with its place when the fork has several of that id. */
  name: string;
  /** As the file calls it. */
  fork: string;
  rules: ChainRules;
  environment: BlockEnvironment;
  pre: AllocAccount[];
  /** The signed transaction. */
  txbytes: Uint8Array;
  /** 32 bytes: root of the state afterwards. */
  stateRoot: Uint8Array;
  /** 32 bytes: keccak-256 of the RLP of the list of logs. */
  logsHash: Uint8Array;
  /** Set when the transaction must be refused, and then leaves the state as it was. */
  expectException: string | undefined;
}

/** Fork names of the test formats that we have the rules of. */
const FORKS: ReadonlyMap<string, Hardfork> = new Map([
  ["Byzantium", Hardfork.Byzantium],
  ["Constantinople", Hardfork.Constantinople],
  ["ConstantinopleFix", Hardfork.Petersburg],
  ["Istanbul", Hardfork.Istanbul],
  ["Berlin", Hardfork.Berlin],
  ["London", Hardfork.London],
  ["Paris", Hardfork.Paris],
  ["Merge", Hardfork.Paris],
  ["Shanghai", Hardfork.Shanghai],
  ["Cancun", Hardfork.Cancun],
  ["Prague", Hardfork.Prague],
  ["Osaka", Hardfork.Osaka],
]);

export const STATE_TEST_FORKS: readonly string[] = [...FORKS.keys()];

const environmentSchema = z.object({
  currentCoinbase: addressSchema,
  currentGasLimit: quantitySchema,
  currentNumber: numberSchema,
  currentTimestamp: numberSchema,
  currentRandom: slotSchema.optional(),
  currentDifficulty: quantitySchema.optional(),
  currentBaseFee: quantitySchema.optional(),
  currentExcessBlobGas: quantitySchema.optional(),
});

const expectationSchema = z.object({
  hash: hashSchema,
  logs: hashSchema,
  txbytes: dataSchema,
  expectException: z.string().optional(),
});

const fileSchema = z.record(
  z.string(),
  z.object({
    env: environmentSchema,
    pre: allocSchema,
    post: z.record(z.string(), z.array(expectationSchema)),
    config: z.object({ chainid: numberSchema.default(1) }).default({ chainid: 1 }),
  }),
);

export interface StateTestFile {
  tests: StateTest[];
  /** Expectations under forks that we do not have, by fork. */
  unknownForks: Map<string, number>;
}

/**
 * Reads a file of ethereum/execution-spec-tests' state test format: `{id: {env, pre, post: {fork: [{hash, logs,
 * txbytes, expectException?}]}, config}}`. `fork`: only that one.
 */
export function parseStateTests(bytes: Uint8Array, file: string, fork: string | undefined): StateTestFile {
  const unknownForks = new Map<string, number>();
  const tests: StateTest[] = [];
  for (const [id, { env, pre, post, config }] of Object.entries(parseJson(bytes, file, fileSchema))) {
    for (const [name, expectations] of Object.entries(post)) {
      if (fork !== undefined && fork !== name) continue;
      const hardfork = FORKS.get(name);
      if (hardfork === undefined) {
        unknownForks.set(name, (unknownForks.get(name) ?? 0) + expectations.length);
        continue;
      }
      const common = {
        fork: name,
        rules: { chainId: config.chainid, hardfork },
        environment: environmentOf(env, hardfork),
        pre,
      };
      for (const [place, { hash, logs, txbytes, expectException }] of expectations.entries()) {
        tests.push({
          ...common,
          name: expectations.length === 1 ? id : `${id} #${place}`,
          txbytes,
          stateRoot: hash,
          logsHash: logs,
          expectException,
        });
      }
    }
  }
  return { tests, unknownForks };
}

const ZERO_HASH = new Uint8Array(32);

/**
 * State tests run on the bare state: no system call comes before the transaction. One environment serves every fork
 * of a test; what a fork does not know is left out for it.
 */
function environmentOf(env: z.infer<typeof environmentSchema>, hardfork: Hardfork): BlockEnvironment {
  const hasBaseFee = SUPPORTED_HARDFORKS.indexOf(hardfork) >= SUPPORTED_HARDFORKS.indexOf(Hardfork.London);
  const { currentDifficulty: difficulty, currentExcessBlobGas: excessBlobGas } = env;
  return {
    number: env.currentNumber,
    parentHash: ZERO_HASH,
    timestamp: env.currentTimestamp,
    baseFeePerGas: hasBaseFee ? (env.currentBaseFee ?? 0n) : 0n,
    gasLimit: env.currentGasLimit,
    coinbase: env.currentCoinbase,
    prevRandao: env.currentRandom ?? ZERO_HASH,
    extraData: new Uint8Array(0),
    parentBeaconBlockRoot: ZERO_HASH,
    ...(difficulty === undefined ? {} : { difficulty }),
    ...(excessBlobGas === undefined ? {} : { excessBlobGas }),
    blockHashes: new Map(),
    systemCalls: false,
  };
}
