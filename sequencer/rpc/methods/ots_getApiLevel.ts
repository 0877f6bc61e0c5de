import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";

/** What Otterscan asks first: the methods of this level are all here. */
const API_LEVEL = 8;

export const ots_getApiLevel = defineMethod({
  name: "ots_getApiLevel",
  summary: "Level of the Otterscan API that is served",
  params: z.tuple([]),
  handler: () => API_LEVEL,
});
