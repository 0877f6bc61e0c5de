import { describe, expect, test } from "vitest";
import { BraidError } from "../../protocol/index.ts";
import { type Service, type StopFailedError, startServices } from "./startServices.ts";

function recorded(name: string, log: string[], overrides: Partial<Service> = {}): Service {
  return {
    name,
    start: async () => void log.push(`start ${name}`),
    stop: async () => void log.push(`stop ${name}`),
    ...overrides,
  };
}

describe("startServices", () => {
  test("starts in order, stops in reverse, once", async () => {
    const log: string[] = [];
    const running = await startServices([recorded("a", log), recorded("b", log)]);
    await Promise.all([running.stop(), running.stop()]);
    expect(log).toEqual(["start a", "start b", "stop b", "stop a"]);
  });

  test("a failed start stops those before it and is thrown", async () => {
    const log: string[] = [];
    const failure = new BraidError("TEST", "no");
    const broken = recorded("b", log, { start: () => Promise.reject(failure) });
    await expect(startServices([recorded("a", log), broken, recorded("c", log)])).rejects.toBe(failure);
    expect(log).toEqual(["start a", "stop a"]);
  });

  test("a stop that hangs or fails does not keep the others from stopping", async () => {
    const log: string[] = [];
    const failures: StopFailedError[] = [];
    const running = await startServices(
      [
        recorded("a", log),
        recorded("hangs", log, { stop: () => new Promise(() => undefined) }),
        recorded("fails", log, { stop: () => Promise.reject(new BraidError("TEST", "broken")) }),
      ],
      { stopDeadlineMs: 20, onStopFailed: (error) => failures.push(error) },
    );
    await running.stop();
    expect(log.at(-1)).toBe("stop a");
    expect(failures.map((error) => error.message)).toEqual([
      expect.stringContaining("fails"),
      expect.stringContaining("hangs"),
    ]);
  });
});
