import { historicalReader, type StateStore } from "../../../executor/index.ts";
import type { StateAccess } from "../context.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import type { BlockCache } from "./blockCache.ts";

/** The flat state for the head, the trie for every block before it. */
export function createStateAccess(
  store: Pick<StateStore, "snapshot" | "node" | "code">,
  blocks: Pick<BlockCache, "headerByNumber">,
): StateAccess {
  return {
    latest: () => store.snapshot(),
    async at(blockNumber) {
      const found = await blocks.headerByNumber(blockNumber);
      if (found === undefined) throw serverError("header not found");
      const { stateRoot } = found.header;
      const reader = historicalReader(store, stateRoot);
      return {
        head: { number: blockNumber, hash: found.hash, stateRoot },
        account: (address) => reader.account(address),
        storage: (address, slot) => reader.storage(address, slot),
        code: (codeHash) => reader.code(codeHash),
        // Trie nodes are never changed in place: there is nothing to let go of.
        close: () => undefined,
      };
    },
    trieNode: (hash) => store.node(hash),
  };
}
