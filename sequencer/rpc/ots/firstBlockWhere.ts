import type { StateReader } from "../../../executor/index.ts";
import type { RpcContext } from "../context.ts";

/**
 * The first block after which `holds` is true of the state, by halving: `holds` must stay true once it is. Undefined
 * when it is not true of the head. A few dozen reads whatever the chain's length.
 */
export async function firstBlockWhere(
  { state, heads }: Pick<RpcContext, "state" | "heads">,
  holds: (state: StateReader) => boolean,
): Promise<number | undefined> {
  const holdsAfter = async (blockNumber: number): Promise<boolean> => {
    const snapshot = await state.at(blockNumber);
    try {
      return holds(snapshot);
    } finally {
      snapshot.close();
    }
  };
  let high = heads.heads().latest.number;
  if (!(await holdsAfter(high))) return undefined;
  for (let low = 0; low < high; ) {
    const middle = Math.floor((low + high) / 2);
    if (await holdsAfter(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}
