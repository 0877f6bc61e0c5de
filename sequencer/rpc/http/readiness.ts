import type { RpcContext } from "../context.ts";

/** What keeps the node from serving; empty when it is ready. */
export async function notReady(context: RpcContext, deadlineMs: number): Promise<string[]> {
  const check = async (name: string, ask: () => unknown): Promise<string | undefined> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(name), deadlineMs);
    });
    try {
      return await Promise.race([late, Promise.resolve(ask()).then(() => undefined)]);
    } catch (error) {
      context.logger.debug({ err: error, check: name }, "readiness check failed");
      return name;
    } finally {
      clearTimeout(timer);
    }
  };
  const results = await Promise.all([
    check("chain", () => context.chain.head()),
    check("mempool", () => context.mempool.status()),
    check("head", async () => context.heads.heads()),
  ]);
  return results.filter((name) => name !== undefined);
}
