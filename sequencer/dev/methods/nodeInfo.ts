import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { requireHeader } from "../../rpc/blocks/resolveBlock.ts";
import { nextBaseFee } from "../../rpc/fees/nextPrices.ts";
import { quantity } from "../../rpc/format/quantity.ts";
import { devMethod } from "./devMethod.ts";
import { statusOf } from "./mining.ts";

export const nodeInfoMethods = [
  ...devMethod({
    names: ["anvil_nodeInfo"],
    summary: "The head and the environment of the next block, in Anvil's form",
    params: z.tuple([]),
    handler: async (dev, _params, context) => {
      const { gasLimit } = await statusOf(dev);
      const { header, hash } = await requireHeader(context, { tag: "latest" });
      const baseFee = await nextBaseFee(context, header);
      return {
        currentBlockNumber: quantity(header.number),
        currentBlockTimestamp: header.timestamp,
        currentBlockHash: bytesToHex(hash),
        hardFork: "Osaka",
        transactionOrder: "fees",
        environment: {
          baseFee: quantity(baseFee),
          chainId: context.config.chainId,
          gasLimit: quantity(BigInt(gasLimit)),
          gasPrice: quantity(baseFee + context.minimumTip),
        },
        forkConfig: { forkUrl: null, forkBlockNumber: null, forkRetryBackoff: null },
      };
    },
  }),
  ...devMethod({
    names: ["anvil_metadata", "hardhat_metadata"],
    summary: "The client and the head, in Hardhat's form",
    params: z.tuple([]),
    handler: async (_dev, _params, context) => {
      const { header, hash } = await requireHeader(context, { tag: "latest" });
      const genesis = await requireHeader(context, { number: 0 });
      return {
        clientVersion: context.clientVersion,
        chainId: context.config.chainId,
        instanceId: bytesToHex(genesis.hash),
        latestBlockNumber: header.number,
        latestBlockHash: bytesToHex(hash),
        forkedNetwork: null,
      };
    },
  }),
];
