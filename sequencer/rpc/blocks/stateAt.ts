import type { BlockEnvironment, ReadScene, StateSnapshot } from "../../../executor/index.ts";
import type { BlockHeader } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import { isPending } from "../pending/pendingFields.ts";
import { openPendingState, pendingScene } from "../pending/pendingState.ts";
import type { BlockSelector } from "../schema/blockSelector.ts";
import { requireHeader } from "./resolveBlock.ts";

async function openState(context: RpcContext, selector: BlockSelector): Promise<StateSnapshot> {
  const pending = isPending(selector) ? await openPendingState(context) : undefined;
  if (pending !== undefined) return pending;
  if ("tag" in selector && (selector.tag === "latest" || selector.tag === "pending"))
    return context.state.latest();
  const { header } = await requireHeader(context, selector);
  const latest = context.state.latest();
  if (latest.head.number === header.number) return latest;
  latest.close();
  return context.state.at(header.number);
}

/** Runs `read` on the state after the selected block and closes it, whatever happens. */
export async function withState<T>(
  context: RpcContext,
  selector: BlockSelector | undefined,
  read: (state: StateSnapshot) => T | Promise<T>,
): Promise<T> {
  const state = await openState(context, selector ?? { tag: "latest" });
  try {
    return await read(state);
  } finally {
    state.close();
  }
}

/** What transactions of the block with this header see of it. */
export async function environmentOf(context: RpcContext, header: BlockHeader): Promise<BlockEnvironment> {
  const blockHashes = await context.blockHashes?.(header);
  const { ethereum } = header;
  return {
    number: header.number,
    parentHash: header.parentHash,
    timestamp: header.timestamp,
    baseFeePerGas: header.baseFeePerGas,
    gasLimit: header.gasLimit,
    coinbase: header.coinbase,
    prevRandao: header.prevRandao,
    extraData: header.extraData,
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    ...(ethereum === undefined ? {} : { difficulty: ethereum.difficulty }),
    ...(ethereum?.excessBlobGas === undefined ? {} : { excessBlobGas: ethereum.excessBlobGas }),
    ...(blockHashes === undefined ? {} : { blockHashes }),
  };
}

/** The selected block as code meets it that is run on top of its state: its own environment and rules. */
export async function sceneAt(context: RpcContext, selector: BlockSelector | undefined): Promise<ReadScene> {
  const pending = isPending(selector) ? await pendingScene(context) : undefined;
  if (pending !== undefined) return pending;
  const { header } = await requireHeader(context, selector ?? { tag: "latest" });
  return {
    state: { blockNumber: header.number, stateRoot: header.stateRoot },
    environment: await environmentOf(context, header),
    rules: context.rulesAt(header),
  };
}
