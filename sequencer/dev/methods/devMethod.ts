import type { z } from "zod";
import type { RpcContext } from "../../rpc/context.ts";
import { type Caller, defineMethod, type RpcMethod } from "../../rpc/json-rpc/method.ts";
import { invalidParams } from "../../rpc/json-rpc/rpcError.ts";
import type { DevAccess } from "../devAccess.ts";
import { DevError } from "../devError.ts";

type ParamItems = readonly z.ZodType[];

interface DevMethod<Items extends ParamItems | []> {
  /** The same method goes by several names: Anvil's, Hardhat's, ganache's. */
  names: string[];
  summary: string;
  params: z.ZodTuple<Items, null>;
  handler(
    dev: DevAccess,
    params: z.output<z.ZodTuple<Items, null>>,
    context: RpcContext,
    caller: Caller,
  ): unknown;
}

/** A method of development chains, once for each of its names. What it refuses is told as Anvil does. */
export function devMethod<Items extends ParamItems | []>(method: DevMethod<Items>): RpcMethod[] {
  return method.names.map((name) =>
    defineMethod<Items, unknown>({
      name,
      summary: method.summary,
      params: method.params,
      handler: async (context, params, caller) => {
        const { dev } = context;
        if (dev === undefined) throw new DevError(`${name} is served by development chains only`);
        try {
          return await method.handler(dev, params, context, caller);
        } catch (error) {
          throw error instanceof DevError ? invalidParams(error.message) : error;
        }
      },
    }),
  );
}
