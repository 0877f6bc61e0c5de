import { expect, it } from "vitest";
import { callRequest } from "./callRequest.ts";

const TO = `0x${"11".repeat(20)}`;
const schema = callRequest();

it("a field that is null is a field left out, and an unknown one is ignored", () => {
  const plain = schema.parse({ to: TO, data: "0x01" });
  expect(Object.keys(plain).sort()).toEqual(["data", "to"]);
  const nulls = {
    from: null,
    gas: null,
    input: null,
    accessList: null,
    authorizationList: null,
    chainId: null,
  };
  expect(schema.parse({ ...nulls, to: TO, data: "0x01", note: null, more: 7 })).toEqual(plain);
  expect(schema.parse({ to: null, input: "0x01" })).toEqual({ data: plain.data });
});

it("what is no object, or has a wrong field, is refused with the field's place", () => {
  for (const value of [null, undefined, "0x", 7, [], [null]]) {
    expect(schema.safeParse(value).error?.issues[0]).toMatchObject({ code: "invalid_type", path: [] });
  }
  expect(schema.safeParse({ gas: null, to: "0x1" }).error?.issues[0]?.path).toEqual(["to"]);
  const accessList = [{ address: TO, storageKeys: ["0x1"] }];
  expect(schema.safeParse({ to: TO, accessList }).error?.issues[0]?.path.slice(0, 3)).toEqual([
    "accessList",
    0,
    "storageKeys",
  ]);
});
