import { bytesEqual } from "../../protocol/index.ts";
import type { StateStore } from "../state/stateStore.ts";
import type { StateReader } from "../state/types.ts";
import { historicalReader } from "../trie/historicalReader.ts";
import { changedReader } from "./changedReader.ts";
import type { TimeLimit } from "./timeLimit.ts";
import type { ReadDesk, ReadState } from "./types.ts";

export type ReadStore = Pick<StateStore, "snapshot" | "node" | "code">;

/** A desk for one job; `close` lets go of all that the job opened. */
export function openDesk(store: ReadStore, limit: TimeLimit): { desk: ReadDesk; close(): void } {
  const opened: (() => void)[] = [];
  const read = ({ stateRoot }: ReadState): StateReader => {
    const latest = store.snapshot();
    if (bytesEqual(latest.head.stateRoot, stateRoot)) {
      opened.push(() => latest.close());
      return latest;
    }
    latest.close();
    return historicalReader(store, stateRoot);
  };
  const desk: ReadDesk = {
    limit,
    open: (state) => (state.changes === undefined ? read(state) : changedReader(read(state), state.changes)),
    node: (hash) => store.node(hash),
    code: (codeHash) => store.code(codeHash),
  };
  return {
    desk,
    close() {
      for (const close of opened.splice(0)) close();
    },
  };
}
