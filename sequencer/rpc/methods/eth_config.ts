import { z } from "zod";
import { hexToBytes } from "../../../protocol/index.ts";
import { requireHeader } from "../blocks/resolveBlock.ts";
import { withState } from "../blocks/stateAt.ts";
import { braidForkConfig } from "../forks/forkConfig.ts";
import { forkConfigurations } from "../forks/forkConfigurations.ts";
import { defineMethod } from "../json-rpc/method.ts";

/** EIP-7910. Braid's own chain names the system contracts that its state has; an Ethereum chain those of its fork. */
export const eth_config = defineMethod({
  name: "eth_config",
  summary: "The fork that is active, the next and the last planned one (EIP-7910)",
  params: z.tuple([]),
  handler: async (context) => {
    const [genesis, head] = await Promise.all([
      requireHeader(context, { tag: "earliest" }),
      requireHeader(context, { tag: "latest" }),
    ]);
    const question = {
      genesis: { hash: genesis.hash, timestamp: genesis.header.timestamp },
      timestamp: head.header.timestamp,
    };
    const forks = context.forkConfig;
    if (forks !== undefined) return forkConfigurations({ ...question, forks });
    return withState(context, undefined, (state) =>
      forkConfigurations({
        ...question,
        forks: braidForkConfig(context.config.chainId),
        hasContract: (address) => state.account(hexToBytes(address)) !== undefined,
      }),
    );
  },
});
