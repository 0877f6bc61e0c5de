import { Hardfork } from "@ethereumjs/common";
import { bigIntToAddressBytes } from "@ethereumjs/util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bigIntToBytes, bytesToHex, keccak256, padTo32, stripLeadingZeros } from "../../protocol/index.ts";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import { CONTRACTS, DELEGATED, PLAIN_ACCOUNT, randomProgram } from "../evm/testSupport/randomProgram.ts";
import { TimeLimit } from "../readers/timeLimit.ts";
import type { StateReader } from "../state/types.ts";
import { EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { MessageRefusedError } from "./checkMessage.ts";
import { toMessage } from "./message.ts";
import { type AccountOverride, overriddenEnvironment, overriddenState } from "./overrides.ts";
import { simulationOn } from "./simulation.ts";
import { type Execution, SimulationVm } from "./simulationVm.ts";
import type { CallRequest } from "./types.ts";

const FORKS = [
  Hardfork.Homestead,
  Hardfork.SpuriousDragon,
  Hardfork.Byzantium,
  Hardfork.Petersburg,
  Hardfork.Istanbul,
  Hardfork.Berlin,
  Hardfork.London,
  Hardfork.Paris,
  Hardfork.Shanghai,
  Hardfork.Cancun,
  Hardfork.Prague,
  Hardfork.Osaka,
];
const SENDER = 0x5e4de4n;
const at = (value: bigint) => bigIntToAddressBytes(value);
const word = (value: bigint) => padTo32(bigIntToBytes(value));

interface Contents {
  nonce: bigint;
  balance: bigint;
  code: Uint8Array;
  slots: [bigint, bigint][];
}

/** A state held in a map: what the overrides are meant to amount to. */
function stateOf(accounts: Map<bigint, Contents>): StateReader {
  const byAddress = new Map([...accounts].map(([address, contents]) => [bytesToHex(at(address)), contents]));
  const codes = new Map([...accounts.values()].map(({ code }) => [bytesToHex(keccak256(code)), code]));
  return {
    account(address) {
      const contents = byAddress.get(bytesToHex(address));
      if (contents === undefined) return undefined;
      const { nonce, balance, code } = contents;
      return { nonce, balance, codeHash: keccak256(code), storageRoot: EMPTY_TRIE_ROOT };
    },
    storage(address, slot) {
      const slots = byAddress.get(bytesToHex(address))?.slots ?? [];
      const found = slots.find(([key]) => Buffer.compare(word(key), slot) === 0);
      return found === undefined ? new Uint8Array(0) : stripLeadingZeros(bigIntToBytes(found[1]));
    },
    code: (codeHash) => codes.get(bytesToHex(codeHash)) ?? new Uint8Array(0),
  };
}

const slots = fc.uniqueArray(fc.tuple(fc.bigInt({ min: 0n, max: 3n }), fc.bigInt({ min: 1n, max: 9n })), {
  selector: ([key]) => key,
  maxLength: 4,
});
const contents = (code: fc.Arbitrary<Uint8Array>) =>
  fc.record({
    nonce: fc.bigInt({ min: 1n, max: 3n }),
    balance: fc.bigInt({ min: 0n, max: 50n }),
    code,
    slots,
  });

const randomCase = fc.record({
  fork: fc.constantFrom(...FORKS),
  contracts: fc.tuple(contents(randomProgram), contents(randomProgram), contents(randomProgram)),
  before: fc.array(contents(fc.uint8Array({ maxLength: 3 })), { maxLength: 3 }),
  wholeState: fc.boolean(),
  gas: fc.bigInt({ min: 21_000n, max: 600_000n }),
  sliceGas: fc.oneof(fc.integer({ min: 16, max: 100 }), fc.integer({ min: 100, max: 20_000 })),
  data: fc.uint8Array({ maxLength: 70 }),
  value: fc.bigInt({ min: 0n, max: 3n }),
  create: fc.boolean(),
  gasPrice: fc.option(fc.bigInt({ min: 0n, max: 20n }), { nil: undefined }),
});

const environment: BlockEnvironment = {
  number: 500,
  parentHash: new Uint8Array(32),
  timestamp: 1_800_000_000,
  baseFeePerGas: 7n,
  gasLimit: 30_000_000n,
  coinbase: at(0xc01bn),
  prevRandao: word(0xabcdefn),
  extraData: new Uint8Array(0),
  parentBeaconBlockRoot: new Uint8Array(32),
  difficulty: 12_345n,
  excessBlobGas: 400_000n,
  blockHashes: new Map([[499, word(0x99n)]]),
};

type Ended = Execution | { refused: string };

async function runOn(
  vm: SimulationVm,
  state: StateReader,
  block: BlockEnvironment,
  request: CallRequest,
  sliceGas?: number,
): Promise<Ended> {
  const simulation = simulationOn(vm, state, block, 1, new TimeLimit(60_000, sliceGas));
  try {
    return await simulation.run(toMessage(request, block, 1, 50_000_000n));
  } catch (error) {
    if (error instanceof MessageRefusedError) return { refused: error.message };
    throw error;
  }
}

describe("a call on our interpreter, with overrides, in slices", () => {
  it("equals EthereumJS's own on the state and block that the overrides describe", async () => {
    const kept = new Map<string, SimulationVm>();
    const vmFor = async (fork: Hardfork, stock: boolean) => {
      const key = `${fork} ${stock}`;
      const vm = kept.get(key) ?? (await SimulationVm.create({ chainId: 1, hardfork: fork }, { stock }));
      kept.set(key, vm);
      return vm;
    };
    let succeeded = 0;
    await fc.assert(
      fc.asyncProperty(randomCase, async (one) => {
        const wanted = new Map<bigint, Contents>([
          [SENDER, { nonce: 1n, balance: 10n ** 12n, code: new Uint8Array(0), slots: [] }],
          [PLAIN_ACCOUNT, { nonce: 0n, balance: 5n, code: new Uint8Array(0), slots: [] }],
          [
            DELEGATED,
            {
              nonce: 1n,
              balance: 1n,
              code: Uint8Array.of(0xef, 0x01, 0x00, ...at(CONTRACTS[1] ?? 0n)),
              slots: [],
            },
          ],
          ...one.contracts.map((account, i): [bigint, Contents] => [CONTRACTS[i] ?? 0n, account]),
        ]);
        const before = new Map(
          one.before.map((account, i): [bigint, Contents] => {
            const address = CONTRACTS[i] ?? 0n;
            // A diff leaves the other slots: let there be none.
            return [address, one.wholeState ? account : { ...account, slots: [] }];
          }),
        );
        const overrides = [...wanted].map(([address, account]): AccountOverride => {
          const { nonce, balance, code } = account;
          const given = account.slots.map(([slot, value]) => ({ slot: word(slot), value: word(value) }));
          const storage = one.wholeState ? { state: given } : { stateDiff: given };
          return { address: at(address), nonce, balance, code, ...storage };
        });
        const { gas, data, value, gasPrice } = one;
        const request: CallRequest = {
          from: at(SENDER),
          gas,
          data: one.create ? one.contracts[0].code : data,
          value,
          ...(one.create ? {} : { to: at(CONTRACTS[0] ?? 0n) }),
          ...(gasPrice === undefined ? {} : { gasPrice }),
        };
        const stock = await runOn(await vmFor(one.fork, true), stateOf(wanted), environment, request);
        const block = overriddenEnvironment(
          { ...environment, number: 3, timestamp: 1, coinbase: at(1n), baseFeePerGas: 1n },
          { number: 500, time: 1_800_000_000, feeRecipient: environment.coinbase, baseFeePerGas: 7n },
        );
        const state = overriddenState(stateOf(before), overrides);
        const ours = await runOn(await vmFor(one.fork, false), state, block, request, one.sliceGas);
        // Only ours knows where it failed.
        expect("refused" in ours ? ours : { ...ours, fault: undefined }).toEqual(stock);
        if (!("refused" in ours) && ours.failure === undefined) succeeded++;
      }),
      { numRuns: 400 },
    );
    expect(succeeded).toBeGreaterThan(20);
  }, 120_000);
});
