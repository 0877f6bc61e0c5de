import { it } from "vitest";
import { TimeLimit } from "../../readers/timeLimit.ts";
import { MemoryState } from "../../../test/support/memoryState.ts";
import { simulateBlocksJob } from "./simulateBlocksJob.ts";
import { SimulationVm } from "../simulationVm.ts";
import { StateOverlay } from "../../engine/stateOverlay.ts";
import { hexToBytes } from "../../../protocol/index.ts";
import { EMPTY_TRIE_ROOT } from "../../trie/accountRlp.ts";
import { planBlocks } from "./planBlocks.ts";
import { Hardfork } from "@ethereumjs/common";
it("speed", async () => {
  const to = new Uint8Array(20).fill(7);
  const code = hexToBytes("0x5f5b6001018060021b5080600e565b50600156".slice(0, 2) + "5f5b60010180600a1160015700".replace("600a11", "50600101"));
  const loop = hexToBytes("0x5f5b60010180600202506001" + "56");
  const state = new MemoryState([{ address: to, nonce: 1n, balance: 0n, code: loop, storage: [] }]);
  const rules = { chainId: 1, hardfork: Hardfork.Osaka };
  const header = { parentHash: new Uint8Array(32), coinbase: new Uint8Array(20), stateRoot: EMPTY_TRIE_ROOT, transactionsRoot: EMPTY_TRIE_ROOT, receiptsRoot: EMPTY_TRIE_ROOT, logsBloom: new Uint8Array(256), number: 5, gasLimit: 100_000_000n, gasUsed: 0n, timestamp: 5, extraData: new Uint8Array(0), prevRandao: new Uint8Array(32), baseFeePerGas: 7n, parentBeaconBlockRoot: new Uint8Array(32) };
  for (const gas of [200_000n, 2_000_000n, 2_000_000n]) {
    const desk = { open: () => state, node: () => undefined, code: (h: Uint8Array) => state.code(h), limit: new TimeLimit(60_000) };
    const t = performance.now();
    await simulateBlocksJob(desk, { state: { blockNumber: 5, stateRoot: EMPTY_TRIE_ROOT }, base: { header, hash: new Uint8Array(32) }, blockHashes: undefined, chain: { chainId: 1, baseFee: { baseFeeFloor: 0n, baseFeeElasticity: 2n, baseFeeChangeDenominator: 8n }, depositContract: undefined, needsRequestContracts: false }, blocks: planBlocks(header, [{ overrides: {}, stateOverrides: [], calls: [{ to, gas }] }]).map((b) => ({ ...b, rules })), validation: false, traceTransfers: false, gasCap: 50_000_000n, maxBytes: 1e8 });
    const ms = performance.now() - t;
    const vm = await SimulationVm.create(rules);
    const message = { from: new Uint8Array(20), to, gas, gasPrice: 0n, feeCap: 0n, tip: 0n, value: 0n, data: new Uint8Array(0), accessList: [], authorizationList: undefined, blobHashes: undefined, blobFeeCap: 0n };
    const t2 = performance.now();
    await vm.run(message, new StateOverlay(state), { ...header }, new TimeLimit(60_000));
    process.stdout.write(`${gas} tracing ${ms.toFixed(1)} ms, lane ${(performance.now() - t2).toFixed(1)} ms\n`);
  }
}, 60_000);
