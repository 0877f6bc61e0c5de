import { createBlock } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM } from "@ethereumjs/evm";
import { SimpleStateManager } from "@ethereumjs/statemanager";
import { createLegacyTx } from "@ethereumjs/tx";
import { Account, Address, bigIntToAddressBytes } from "@ethereumjs/util";
import { createVM, runTx } from "@ethereumjs/vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex, hexToBytes, keccak256 } from "../../protocol/index.ts";
import { pointEvaluation } from "../engine/pointEvaluation.ts";
import { createLaneEvm } from "./laneEvm.ts";
import { MemoryState } from "./testSupport/memoryState.ts";
import { CONTRACTS, DELEGATED, PLAIN_ACCOUNT, randomProgram } from "./testSupport/randomProgram.ts";
import type { CreateEvm } from "./testSupport/stateTest.ts";

const FORKS = [
  Hardfork.Byzantium,
  Hardfork.Constantinople,
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
const KEY = new Uint8Array(32).fill(7);
const ENTRY = CONTRACTS[0] ?? 0n;

interface Case {
  fork: Hardfork;
  programs: Uint8Array[];
  gasLimit: number;
  data: Uint8Array;
  value: number;
  create: boolean;
}

const randomCase: fc.Arbitrary<Case> = fc.record({
  fork: fc.constantFrom(...FORKS),
  programs: fc.array(randomProgram, { minLength: CONTRACTS.length, maxLength: CONTRACTS.length }),
  gasLimit: fc.oneof(fc.integer({ min: 100, max: 20_000 }), fc.integer({ min: 20_000, max: 400_000 })),
  data: fc.uint8Array({ maxLength: 70 }),
  value: fc.nat(3),
  create: fc.boolean(),
});

function at(value: bigint): Address {
  return new Address(bigIntToAddressBytes(value));
}

async function runCase(test: Case, createEvm: CreateEvm, state: MemoryState | SimpleStateManager) {
  const common = new Common({
    chain: Mainnet,
    hardfork: test.fork,
    customCrypto: { keccak256, kzg: pointEvaluation },
  });
  const evm = await createEvm({ common, stateManager: state });
  const vm = await createVM({ common, stateManager: state, evm });
  const initCode = test.programs[1] ?? new Uint8Array(0);
  const data = test.create ? initCode : test.data;
  const tx = createLegacyTx(
    {
      ...(test.create ? {} : { to: at(ENTRY) }),
      data,
      gasLimit: test.gasLimit + 90_000,
      gasPrice: 10n,
      value: test.value,
    },
    { common },
  ).sign(KEY);
  await prepare(state, test, tx.getSenderAddress());
  const header = { number: 300n, timestamp: 1_000n, gasLimit: 30_000_000n, coinbase: at(0xfeen) };
  const fee = common.isActivatedEIP(1559) ? { baseFeePerGas: 7n } : {};
  const block = createBlock(
    { header: { ...header, ...fee } },
    { common, skipConsensusFormatValidation: true },
  );
  const result = await runTx(vm, { tx, block });
  const { execResult } = result;
  return {
    spent: result.totalGasSpent,
    refund: result.gasRefund,
    error: execResult.exceptionError?.error,
    returned: bytesToHex(execResult.returnValue),
    logs:
      execResult.logs?.map(([address, topics, bytes]) => [address, ...topics, bytes].map(bytesToHex)) ?? [],
    selfdestruct: [...(execResult.selfdestruct ?? [])],
    created: [...(execResult.createdAddresses ?? [])],
    root: state instanceof MemoryState ? bytesToHex(await state.getStateRoot()) : undefined,
  };
}

async function prepare(
  state: MemoryState | SimpleStateManager,
  { programs }: Case,
  sender: Address,
): Promise<void> {
  await state.putAccount(sender, new Account(0n, 10n ** 18n));
  await state.putAccount(at(PLAIN_ACCOUNT), new Account(0n, 5n));
  const delegation = `ef0100${CONTRACTS[1]?.toString(16)}`;
  const codes: [bigint, Uint8Array][] = CONTRACTS.map((address, i) => [
    address,
    programs[i] ?? new Uint8Array(0),
  ]);
  for (const [address, code] of [...codes, [DELEGATED, hexToBytes(delegation)] as const]) {
    await state.putAccount(at(address), new Account(1n, 100n));
    await state.putCode(at(address), code);
    for (const slot of [0, 1])
      await state.putStorage(at(address), new Uint8Array(32).fill(slot, 31), Uint8Array.of(1 + slot));
  }
}

describe("the lanes' EVM", () => {
  it("gives what the stock EVM gives on random programs", { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(randomCase, async (test) => {
        const stock = await runCase(test, createEVM, new MemoryState());
        expect(await runCase(test, createLaneEvm, new MemoryState())).toEqual(stock);
        const { root, ...rest } = await runCase(test, createLaneEvm, new SimpleStateManager());
        expect(root).toBeUndefined();
        expect(stock).toMatchObject(rest);
      }),
      { numRuns: Number(process.env["LANE_EVM_RUNS"] ?? 200) },
    );
  });
});
