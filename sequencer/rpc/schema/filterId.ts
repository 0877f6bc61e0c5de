import { checked, jsonKind } from "./hex.ts";

/** The id of a filter or a subscription. */
export const filterId = () =>
  checked<string>(
    (input) =>
      typeof input === "string"
        ? { value: input }
        : { problem: `json: cannot unmarshal ${jsonKind(input)} into Go value of type rpc.ID` },
    { type: "string" },
  ).describe("id");
