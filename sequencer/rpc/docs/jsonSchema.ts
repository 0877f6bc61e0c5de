import { z } from "zod";

/** A JSON document, as `JSON.stringify` takes it. */
export type Json = Record<string, unknown>;

/** JSON Schema of what clients send, or get, without the dialect's name. */
export function jsonSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
