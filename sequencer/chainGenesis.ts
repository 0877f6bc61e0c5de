import type { Config } from "../infra/index.ts";
import { developmentGenesis, type Genesis } from "../protocol/index.ts";

/** The genesis that this node's settings describe. It is fixed with the first start: another one is refused at recovery. */
export function chainGenesis(config: Pick<Config, "l2ChainId" | "gasLimit">): Genesis {
  return developmentGenesis({ chainId: config.l2ChainId, gasLimit: config.gasLimit });
}
