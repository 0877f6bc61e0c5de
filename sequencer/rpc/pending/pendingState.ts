import { changedReader, type ReadScene, type StateSnapshot } from "../../../executor/index.ts";
import { bytesEqual } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import type { PendingBlock } from "./pendingBlock.ts";

/** The state after the pending block. Undefined where no block is being built. */
export async function openPendingState(context: RpcContext): Promise<StateSnapshot | undefined> {
  const pending = await context.pendingBlock?.();
  if (pending === undefined) return undefined;
  const { block, parent, changes } = pending;
  const base = await openParent(context, parent);
  const { number, stateRoot } = block.header;
  return {
    ...changedReader(base, changes),
    head: { number, hash: block.hash, stateRoot },
    close: () => base.close(),
  };
}

async function openParent(context: RpcContext, parent: PendingBlock["parent"]): Promise<StateSnapshot> {
  const latest = context.state.latest();
  if (bytesEqual(latest.head.hash, parent.hash)) return latest;
  latest.close();
  return context.state.at(parent.header.number);
}

/** The pending block as code meets it that is run on top of its state. Undefined where no block is being built. */
export async function pendingScene(context: RpcContext): Promise<ReadScene | undefined> {
  const pending = await context.pendingBlock?.();
  if (pending === undefined) return undefined;
  const { parent, changes, environment } = pending;
  const { number: blockNumber, stateRoot } = parent.header;
  return { state: { blockNumber, stateRoot, changes }, environment, rules: context.rulesAt(parent.header) };
}
