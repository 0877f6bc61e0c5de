import { createBlock } from "@ethereumjs/block";
import { Hardfork } from "@ethereumjs/common";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { Account, Address } from "@ethereumjs/util";
import { createVM, runTx } from "@ethereumjs/vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BlockHeader } from "../../../protocol/index.ts";
import { LaneCommon } from "../../engine/laneCommon.ts";
import { vmTransaction } from "../../engine/vmTransaction.ts";
import { CONTRACTS, PLAIN_ACCOUNT, randomProgram } from "../../evm/testSupport/randomProgram.ts";
import type { CallRequest } from "../types.ts";
import { simulateBlocksJob } from "./simulateBlocksJob.ts";
import {
  at,
  BASE_NUMBER,
  block,
  CHAIN_ID,
  type Contract,
  paramsFor,
  SENDERS,
  storedState,
} from "./testSupport/storedState.ts";

const FORKS = [
  Hardfork.Byzantium,
  Hardfork.Istanbul,
  Hardfork.Berlin,
  Hardfork.London,
  Hardfork.Paris,
  Hardfork.Shanghai,
  Hardfork.Cancun,
  Hardfork.Prague,
  Hardfork.Osaka,
];

interface Case {
  hardfork: Hardfork;
  contracts: Contract[];
  calls: { sender: number; to: bigint | undefined; data: Uint8Array; value: bigint; gas: bigint }[];
}

const slots = fc.uniqueArray(fc.tuple(fc.bigInt({ min: 0n, max: 3n }), fc.bigInt({ min: 1n, max: 9n })), {
  selector: ([key]) => key,
  maxLength: 3,
});
const contract = fc.record({ code: randomProgram, balance: fc.bigInt({ min: 0n, max: 50n }), slots });
const randomCase: fc.Arbitrary<Case> = fc.record({
  hardfork: fc.constantFrom(...FORKS),
  contracts: fc.tuple(contract, contract, contract),
  calls: fc.array(
    fc.record({
      sender: fc.integer({ min: 0, max: SENDERS.length - 1 }),
      to: fc.option(fc.constantFrom(...CONTRACTS, PLAIN_ACCOUNT), { nil: undefined, freq: 8 }),
      data: fc.uint8Array({ maxLength: 40 }),
      value: fc.bigInt({ min: 0n, max: 3n }),
      gas: fc.bigInt({ min: 60_000n, max: 400_000n }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
});

const requestOf = ({ sender, to, data, value, gas }: Case["calls"][number]): CallRequest => ({
  from: at(SENDERS[sender] ?? 0n),
  ...(to === undefined ? {} : { to: at(to) }),
  data,
  value,
  gas,
});

interface Ran {
  gasUsed: bigint;
  failed: boolean;
  logs: unknown[];
}

/** The same calls as transactions that cost nothing, on EthereumJS as it comes. */
async function runStock(
  { hardfork, calls }: Case,
  accounts: ReturnType<typeof storedState>["accounts"],
  header: BlockHeader,
): Promise<{ ran: Ran[]; stateRoot: Uint8Array }> {
  const common = new LaneCommon({ chainId: CHAIN_ID, hardfork });
  const stateManager = new MerkleStateManager({ common });
  for (const { address, nonce, balance, code, storage } of accounts) {
    const address_ = new Address(address);
    await stateManager.putAccount(address_, new Account(nonce, balance));
    if (code.length > 0) await stateManager.putCode(address_, code);
    for (const { slot, value } of storage) await stateManager.putStorage(address_, slot, value);
  }
  const hashes = (number: number) => (number === BASE_NUMBER ? header.parentHash : new Uint8Array(32));
  const blockchain = {
    getBlock: (number: number) => Promise.resolve({ hash: () => hashes(Number(number)) }),
    putBlock: () => Promise.resolve(),
    shallowCopy: () => blockchain,
  };
  const vm = await createVM({ common, stateManager, blockchain });
  const { ethereum, coinbase, timestamp, gasLimit, prevRandao, number } = header;
  const vmBlock = createBlock(
    {
      header: {
        number,
        coinbase: new Address(coinbase),
        timestamp,
        gasLimit,
        mixHash: prevRandao,
        difficulty: ethereum?.difficulty ?? 0n,
        ...(ethereum?.baseFeePerGas === undefined ? {} : { baseFeePerGas: 0n }),
        ...(ethereum?.excessBlobGas === undefined ? {} : { excessBlobGas: ethereum.excessBlobGas }),
      },
    },
    { common, skipConsensusFormatValidation: true },
  );
  const ran: Ran[] = [];
  const nonces = SENDERS.map(() => 0n);
  for (const { sender, to, data, value, gas } of calls) {
    const nonce = nonces[sender] ?? 0n;
    nonces[sender] = nonce + 1n;
    const tx = vmTransaction(
      {
        type: 0,
        sender: at(SENDERS[sender] ?? 0n),
        to: to === undefined ? undefined : at(to),
        chainId: undefined,
        nonce,
        gasLimit: gas,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
        value,
        data,
        accessList: [],
        authorizationList: [],
      },
      common,
    );
    const { totalGasSpent, execResult } = await runTx(vm, {
      tx,
      block: vmBlock,
      skipHardForkValidation: true,
    });
    ran.push({
      gasUsed: totalGasSpent,
      failed: execResult.exceptionError !== undefined,
      logs: execResult.logs ?? [],
    });
  }
  if (!common.gteHardfork(Hardfork.Paris)) {
    const miner = (await stateManager.getAccount(new Address(coinbase))) ?? new Account();
    miner.balance += common.gteHardfork(Hardfork.Constantinople) ? 2n * 10n ** 18n : 3n * 10n ** 18n;
    await stateManager.putAccount(new Address(coinbase), miner);
  }
  return { ran, stateRoot: await stateManager.getStateRoot() };
}

describe("simulated blocks", () => {
  it("leave the gas, the logs and the state that the same transactions leave on EthereumJS", async () => {
    let failures = 0;
    let logs = 0;
    await fc.assert(
      fc.asyncProperty(randomCase, async (one) => {
        const { desk, stateRoot, accounts } = storedState(one.contracts);
        const rules = { chainId: CHAIN_ID, hardfork: one.hardfork };
        const params = paramsFor(stateRoot, rules, [block(one.calls.map(requestOf))]);
        const [simulated] = await simulateBlocksJob(desk, params);
        const header = simulated?.block.header ?? params.base.header;
        const stock = await runStock(one, accounts, { ...header, parentHash: params.base.hash });
        const ran = simulated?.calls.map((call) => ({
          gasUsed: call.gasUsed,
          failed: call.error !== undefined,
          logs: call.logs.map(({ log }) => [log.address, log.topics, log.data]),
        }));
        expect(ran).toEqual(stock.ran);
        expect(header.stateRoot).toEqual(stock.stateRoot);
        failures += stock.ran.filter(({ failed }) => failed).length;
        logs += stock.ran.reduce((sum, { logs: seen }) => sum + seen.length, 0);
      }),
      { numRuns: Number(process.env["BRAID_TEST_RUNS"] ?? 80), seed: 4 },
    );
    expect(failures).toBeGreaterThan(0);
    expect(logs).toBeGreaterThan(0);
  }, 120_000);

  it("run on our interpreter as they do when they are watched", async () => {
    await fc.assert(
      fc.asyncProperty(randomCase, async (one) => {
        const { desk, stateRoot } = storedState(one.contracts);
        const rules = { chainId: CHAIN_ID, hardfork: one.hardfork };
        const params = paramsFor(stateRoot, rules, [block(one.calls.map(requestOf))]);
        const [fast] = await simulateBlocksJob(desk, params);
        const [watched] = await simulateBlocksJob(desk, { ...params, traceTransfers: true });
        const withoutTransfers = watched?.calls.map(({ logs, ...call }) => {
          return { ...call, logs: logs.filter(({ log }) => log.address[0] !== 0xee).map(({ log }) => log) };
        });
        const ran = fast?.calls.map(({ logs, ...call }) => ({ ...call, logs: logs.map(({ log }) => log) }));
        expect(ran).toEqual(withoutTransfers);
        expect(fast?.block).toEqual(watched?.block);
      }),
      { numRuns: Number(process.env["BRAID_TEST_RUNS"] ?? 20), seed: 6 },
    );
  }, 120_000);

  it("are the same in one block and in several, but for the blocks", async () => {
    await fc.assert(
      fc.asyncProperty(randomCase, async (one) => {
        // What contracts see of their block differs.
        const contracts = one.contracts.map((held) => ({
          ...held,
          code: Uint8Array.of(0x36, 0x54, 0x33, 0x55, 0x34, 0x36, 0x55),
        }));
        const { desk, stateRoot } = storedState(contracts);
        const rules = { chainId: CHAIN_ID, hardfork: Hardfork.Osaka };
        const calls = one.calls.map((call) => requestOf({ ...call, to: call.to ?? PLAIN_ACCOUNT }));
        const together = await simulateBlocksJob(desk, paramsFor(stateRoot, rules, [block(calls)]));
        const apart = await simulateBlocksJob(
          desk,
          paramsFor(
            stateRoot,
            rules,
            calls.map((call) => block([call])),
          ),
        );
        expect(apart.at(-1)?.block.header.stateRoot).toEqual(together[0]?.block.header.stateRoot);
        expect(apart.flatMap(({ calls: [call] }) => call?.gasUsed ?? [])).toEqual(
          together[0]?.calls.map(({ gasUsed }) => gasUsed),
        );
      }),
      { numRuns: 30, seed: 5 },
    );
  }, 120_000);
});
