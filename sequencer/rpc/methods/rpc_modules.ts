import { z } from "zod";

import { defineMethod } from "../json-rpc/method.ts";

export const rpc_modules = defineMethod({
  name: "rpc_modules",
  summary: "Namespaces served, with their versions",
  params: z.tuple([]),
  handler: (context) =>
    Object.fromEntries(context.methodNames.map((name) => [name.split(/[_.]/)[0] ?? name, "1.0"])),
});
