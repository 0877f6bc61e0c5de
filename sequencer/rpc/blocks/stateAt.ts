import type { BlockEnvironment, StateReader, StateSnapshot } from "../../../executor/index.ts";
import { type BlockHeader, bigIntToBytes, hexToBytes, padTo32 } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import type { BlockSelector } from "../schema/blockSelector.ts";
import { requireHeader } from "./resolveBlock.ts";

/** EIP-2935: keeps the hashes of the last 8191 blocks in the state itself. */
const HISTORY_CONTRACT = hexToBytes("0x0000f90827f1c53a10cb7a02335b175320002935");
const HISTORY_WINDOW = 8191;

async function openState(context: RpcContext, selector: BlockSelector): Promise<StateSnapshot> {
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

function historicalHash(state: StateReader, number: number): Uint8Array | undefined {
  const stored = state.storage(HISTORY_CONTRACT, padTo32(bigIntToBytes(BigInt(number % HISTORY_WINDOW))));
  return stored.length === 0 ? undefined : padTo32(stored);
}

/** The environment of block `header`, in which a call on its state believes to run. */
function environmentOf(context: RpcContext, header: BlockHeader, state: StateReader): BlockEnvironment {
  return {
    number: header.number,
    timestamp: header.timestamp,
    baseFeePerGas: header.baseFeePerGas,
    gasLimit: header.gasLimit,
    coinbase: header.coinbase,
    prevRandao: header.prevRandao,
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    blockHash: (number) => context.blocks.cached(number)?.hash ?? historicalHash(state, number),
  };
}

/** Like {@link withState}, with the environment of that block. */
export async function withSimulation<T>(
  context: RpcContext,
  selector: BlockSelector | undefined,
  simulate: (state: StateSnapshot, environment: BlockEnvironment) => Promise<T>,
): Promise<T> {
  return withState(context, selector, async (state) => {
    const { header } = await requireHeader(context, { number: state.head.number });
    return simulate(state, environmentOf(context, header, state));
  });
}
