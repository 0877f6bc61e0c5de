import { isObject } from "./isObject.ts";

/** What a request says of its id: nothing (a notification), something that is no id, or the id as JSON text. */
export type RequestId = { kind: "none" } | { kind: "invalid" } | { kind: "given"; text: string };

const NUMBERS = /"id"\s*:\s*(-?\d[\d.eE+-]*)\s*[,}]/g;

/**
 * Reads ids so that they go back as they came: a number that JavaScript cannot hold exactly is found again in the
 * request's text, digit for digit. Requests are to be asked for in their order; the text is looked through once.
 */
export function createIdReader(body: string): (request: Record<string, unknown>) => RequestId {
  let written: Map<number, string[]> | undefined;

  function asWritten(id: number): string {
    if (Number.isSafeInteger(id)) return JSON.stringify(id);
    if (written === undefined) {
      written = new Map();
      for (const [, digits] of body.matchAll(NUMBERS)) {
        if (digits === undefined) continue;
        const value = Number(digits);
        if (Number.isSafeInteger(value)) continue;
        const same = written.get(value);
        if (same === undefined) written.set(value, [digits]);
        else same.push(digits);
      }
    }
    return written.get(id)?.shift() ?? JSON.stringify(id);
  }

  return (request) => {
    if (!isObject(request) || !("id" in request)) return { kind: "none" };
    const id = request["id"];
    if (typeof id === "number") return { kind: "given", text: asWritten(id) };
    if (id === null || typeof id === "string") return { kind: "given", text: JSON.stringify(id) };
    return { kind: "invalid" };
  };
}
