import { expect, test } from "vitest";
import { BraidError } from "../../protocol/index.ts";
import { createClosers } from "./closers.ts";

test("closes in reverse order, each once", async () => {
  const log: string[] = [];
  const closers = createClosers();
  closers.add(() => void log.push("a"));
  closers.add(async () => void log.push("b"));
  await Promise.all([closers.closeAll(), closers.closeAll()]);
  expect(log).toEqual(["b", "a"]);
});

test("a part that hangs or fails does not keep the others open, and is named", async () => {
  const log: string[] = [];
  const closers = createClosers(20);
  closers.add(() => void log.push("a"));
  closers.add(() => new Promise(() => undefined));
  closers.add(() => Promise.reject(new BraidError("TEST", "broken")));
  closers.add(() => {
    throw new BraidError("TEST", "thrown");
  });
  await expect(closers.closeAll()).rejects.toThrow(/thrown; broken; not done within 20 ms/);
  expect(log).toEqual(["a"]);
});
