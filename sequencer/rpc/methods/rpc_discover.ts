import { z } from "zod";
import { openRpcDocument } from "../docs/openRpcDocument.ts";
import { defineMethod } from "../json-rpc/method.ts";

/** The service discovery of OpenRPC; its name is fixed there. */
export const rpc_discover = defineMethod({
  name: "rpc.discover",
  summary: "The OpenRPC document of all methods served here",
  params: z.tuple([]),
  handler: (context) => openRpcDocument(context.methods.values()),
});
