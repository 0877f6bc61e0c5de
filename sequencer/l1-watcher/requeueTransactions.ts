import type { StateReader } from "../../executor/index.ts";
import { BraidError } from "../../protocol/index.ts";
import type { ChainStore, RequeuedTransaction } from "../chain-store/index.ts";
import type { Mempool } from "../mempool/index.ts";

export interface RequeueDeps {
  undone(limit: number): Promise<RequeuedTransaction[]>;
  forget(upTo: string): Promise<void>;
  pool: Pick<Mempool, "add">;
  /** The head's. */
  state(): Pick<StateReader, "account">;
  chain: Pick<ChainStore, "recordRejections">;
}

const GROUP = 200;

/**
 * Gives users' transactions of undone blocks back to the pool, in the order of the chain that was. They stay stored
 * until the pool has them, so that one who dies on the way loses none. What the pool refuses is told as rejected.
 */
export async function requeueTransactions(deps: RequeueDeps): Promise<{ requeued: number; refused: number }> {
  const done = { requeued: 0, refused: 0 };
  for (;;) {
    const group = await deps.undone(GROUP);
    const last = group.at(-1);
    if (last === undefined) return done;
    const reasons = await Promise.all(group.map((one) => addOne(one, deps)));
    const rejections = group.flatMap(({ transaction: { hash, sender } }, index) => {
      const reason = reasons[index];
      return reason === undefined ? [] : [{ hash, sender, reason }];
    });
    await deps.chain.recordRejections(rejections);
    await deps.forget(last.id);
    done.requeued += group.length - rejections.length;
    done.refused += rejections.length;
  }
}

/** Why the pool does not take it; undefined when it has it. */
async function addOne({ transaction }: RequeuedTransaction, deps: RequeueDeps): Promise<string | undefined> {
  const sender = deps.state().account(transaction.sender);
  const [nonce, balance] = [sender?.nonce ?? 0n, sender?.balance ?? 0n];
  if (transaction.nonce < nonce) return "nonce too low";
  try {
    await deps.pool.add(transaction, { nonce, balance });
    return undefined;
  } catch (error) {
    if (!(error instanceof BraidError) || error.code === "MEMPOOL_UNAVAILABLE") throw error;
    return error.code === "MEMPOOL_ALREADY_KNOWN" ? undefined : error.message;
  }
}
