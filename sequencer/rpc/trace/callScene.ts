import type { ReadScene } from "../../../executor/index.ts";
import { type Block, bytesToHex } from "../../../protocol/index.ts";
import { resolveBlock, selectedNumber } from "../blocks/resolveBlock.ts";
import { environmentOf } from "../blocks/stateAt.ts";
import type { RpcContext } from "../context.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import type { BlockSelector } from "../schema/blockSelector.ts";

/** Where a traced call runs: on the state after a block, or in the block before its `index`th transaction. */
export async function callScene(
  context: RpcContext,
  selector: BlockSelector,
  index: number | undefined,
): Promise<{ scene: ReadScene; before: Block["transactions"] | undefined }> {
  if ("tag" in selector && selector.tag === "pending") {
    throw serverError("tracing on top of pending is not supported");
  }
  const block = await resolveBlock(context, selector);
  if (block === undefined) {
    throw serverError(
      "hash" in selector
        ? `block ${bytesToHex(selector.hash)} not found`
        : `block #${selectedNumber(context, selector)} not found`,
    );
  }
  const { header } = block;
  const scene = {
    state: { blockNumber: header.number, stateRoot: header.stateRoot },
    environment: await environmentOf(context, header),
    rules: context.rulesAt(header),
  };
  if (index === undefined) return { scene, before: undefined };
  const parent = header.number === 0 ? undefined : await context.blocks.headerByNumber(header.number - 1);
  if (parent === undefined) throw serverError("no transaction in genesis");
  if (index > 0 && index >= block.transactions.length) {
    throw serverError(`transaction index ${index} out of range for block ${bytesToHex(block.hash)}`);
  }
  const state = { blockNumber: parent.header.number, stateRoot: parent.header.stateRoot };
  return { scene: { ...scene, state }, before: block.transactions.slice(0, index) };
}
