import type { BlockHeader } from "../../../protocol/index.ts";
import type { ChainRules } from "../../engine/chainRules.ts";
import { compareKeys, keyOf } from "../../engine/keys.ts";
import { StateOverlay } from "../../engine/stateOverlay.ts";
import { ReadTimeoutError } from "../../readers/timeLimit.ts";
import type { ReadDesk } from "../../readers/types.ts";
import { TracingVm } from "../../trace/tracingVm.ts";
import { withTracingVms } from "../../trace/tracingVms.ts";
import { SimulationError } from "../errors.ts";
import { type AccountOverride, precompileMoves, type SimulationEnvironment } from "../overrides.ts";
import { blockRulesOf } from "./blockRules.ts";
import { AnswerBudget } from "./callWatcher.ts";
import { createLaneCallVm, withLaneCallVm } from "./laneCallVm.ts";
import { LayeredState } from "./layeredState.ts";
import { openHeader } from "./openHeader.ts";
import { diffWrites, overrideWrites } from "./overrideWrites.ts";
import type { MessageStage } from "./runMessage.ts";
import { simulateBlock } from "./simulateBlock.ts";
import { NO_HASH, parentOf, type SimulatedHeader } from "./simulatedHeader.ts";
import { SIMULATE_CODES } from "./simulateErrors.ts";
import type { SimulateBlocksParams, SimulatedBlock } from "./types.ts";

/** `eth_simulateV1`: blocks on top of a block, each with its overrides and calls. Nothing is kept of them. */
export async function simulateBlocksJob(
  desk: ReadDesk,
  params: SimulateBlocksParams,
): Promise<SimulatedBlock[]> {
  try {
    return await new ChainSimulation(desk, params).run();
  } catch (error) {
    if (!(error instanceof ReadTimeoutError)) throw error;
    throw new SimulationError(error.code, error.message, { rpcCode: SIMULATE_CODES.internal });
  }
}

/**
 * Invariant: between blocks `layers` is the state after `parent`, which is the base block or the last that was
 * simulated; of a pending base block only `overlay` is, for its changes have no root of their own.
 */
class ChainSimulation {
  private readonly params: SimulateBlocksParams;
  private readonly layers: LayeredState;
  private overlay: StateOverlay;
  private readonly hashes: Map<number, Uint8Array> | undefined;
  private readonly gas: { left: bigint };
  private readonly budget: AnswerBudget;
  private parent: { header: BlockHeader; hash: Uint8Array };

  constructor(desk: ReadDesk, params: SimulateBlocksParams) {
    const { base, state, blockHashes } = params;
    const { stateRoot, blockNumber, changes } = state;
    this.params = params;
    this.layers = new LayeredState(desk.open({ stateRoot, blockNumber }), stateRoot, desk);
    this.overlay = new StateOverlay(this.layers);
    if (changes !== undefined) this.overlay.apply(diffWrites(this.overlay, changes));
    this.parent = base;
    this.hashes = blockHashes === undefined ? undefined : new Map(blockHashes);
    this.hashes?.set(base.header.number, base.hash);
    this.gas = { left: params.gasCap };
    this.budget = new AnswerBudget(desk.limit, params.maxBytes);
  }

  async run(): Promise<SimulatedBlock[]> {
    const blocks: SimulatedBlock[] = [];
    for (const planned of this.params.blocks) {
      const turn = this.budget.look();
      if (turn !== undefined) await turn;
      const simulated = await this.simulate(planned);
      const { header, hash } = simulated.block;
      this.parent = { header, hash };
      this.hashes?.set(header.number, hash);
      blocks.push(simulated);
    }
    return blocks;
  }

  private simulate(planned: SimulateBlocksParams["blocks"][number]): Promise<SimulatedBlock> {
    const { chain, validation, traceTransfers } = this.params;
    const { overlay, layers, gas, budget } = this;
    const stateRoot = () => {
      layers.add(overlay.diff());
      this.overlay = new StateOverlay(layers);
      return layers.root;
    };
    const rules = blockRulesOf(planned.rules);
    const parent = parentOf(this.parent.header, this.parent.hash);
    const header = openHeader(planned, parent, rules, chain, validation);
    const { blobBaseFee } = planned.overrides;
    const environment = {
      ...this.environmentOf(header),
      ...(blobBaseFee === undefined ? {} : { blobBaseFee }),
    };
    const overrides = [...planned.stateOverrides].sort((a, b) =>
      compareKeys(keyOf(a.address), keyOf(b.address)),
    );
    return withVms(planned.rules, overrides, async (vms) => {
      overlay.apply(overrideWrites(overlay, overrides));
      return simulateBlock(
        {
          ...vms,
          overlay,
          header,
          environment,
          rules,
          chain,
          validation,
          traceTransfers,
          gas,
          budget,
          stateRoot,
        },
        planned,
      );
    });
  }

  private environmentOf(header: SimulatedHeader): SimulationEnvironment {
    const { number, parentHash, timestamp, gasLimit, coinbase, difficulty, excessBlobGas } = header;
    return {
      number,
      parentHash,
      timestamp,
      baseFeePerGas: header.baseFeePerGas ?? 0n,
      gasLimit,
      coinbase,
      prevRandao: header.mixHash,
      extraData: new Uint8Array(0),
      parentBeaconBlockRoot: header.parentBeaconBlockRoot ?? NO_HASH,
      difficulty,
      ...(excessBlobGas === undefined ? {} : { excessBlobGas }),
      ...(this.hashes === undefined ? {} : { blockHashes: this.hashes }),
    };
  }
}

type Vms = Pick<MessageStage, "lane" | "watching">;

/** The block's VMs: shared ones, or where precompiles were overridden its own. */
function withVms<T>(
  rules: ChainRules,
  overrides: readonly AccountOverride[],
  work: (vms: Vms) => Promise<T>,
): Promise<T> {
  return withTracingVms(rules, ({ tracing: watching }) =>
    withLaneCallVm(rules, async (lane) => {
      const moves = precompileMoves(overrides, (address) => lane.isPrecompile(address));
      if (moves.removed.length === 0) return work({ lane, watching });
      return work({
        lane: await createLaneCallVm(rules, moves),
        watching: await TracingVm.create(rules, moves),
      });
    }),
  );
}
