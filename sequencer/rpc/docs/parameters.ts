import { z } from "zod";
import type { RpcMethod } from "../json-rpc/method.ts";
import { type Json, jsonSchema } from "./jsonSchema.ts";

export interface Parameter {
  name: string;
  required: boolean;
  schema: Json;
}

/** The parameters of a method by position. A parameter's name is its schema's description. */
export function parameters(method: Pick<RpcMethod, "params">): Parameter[] {
  if (!(method.params instanceof z.ZodTuple)) return [];
  return method.params.def.items.map((item: z.core.$ZodType, position: number) => {
    if (!(item instanceof z.ZodType)) return { name: `argument${position}`, required: true, schema: {} };
    const { description, ...schema } = jsonSchema(item, "input");
    const [name, ...comment] = String(description ?? `argument${position}`).split(": ");
    return {
      name: name ?? `argument${position}`,
      required: !item.safeParse(undefined).success,
      schema: comment.length === 0 ? schema : { ...schema, description: comment.join(": ") },
    };
  });
}
