import type { Config } from "../../infra/index.ts";

/** Whether this machine also proves: where it has a prover's key, and there is something to prove. */
export function provesHere({ dev, proverKey }: Config): boolean {
  return !dev && proverKey !== undefined;
}
