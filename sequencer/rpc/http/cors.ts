import type { IncomingMessage } from "node:http";

/** What browsers are told of other sites' pages. */
export interface Cors {
  headers(incoming: Pick<IncomingMessage, "headers">): Record<string, string>;
  preflightHeaders(incoming: Pick<IncomingMessage, "headers">): Record<string, string>;
}

/** `origins`, lower case: `*` allows any, an empty list none. Like geth's: any header, GET and POST, for ten minutes. */
export function createCors(origins: readonly string[]): Cors {
  const any = origins.includes("*");
  const allowed = new Set(origins);

  function headers(incoming: Pick<IncomingMessage, "headers">): Record<string, string> {
    if (any) return { "Access-Control-Allow-Origin": "*" };
    if (allowed.size === 0) return {};
    const origin = incoming.headers.origin;
    if (origin === undefined || !allowed.has(origin.toLowerCase())) return { Vary: "Origin" };
    return { "Access-Control-Allow-Origin": origin, Vary: "Origin" };
  }

  return {
    headers,
    preflightHeaders(incoming) {
      const given = headers(incoming);
      if (given["Access-Control-Allow-Origin"] === undefined) return given;
      const asked = incoming.headers["access-control-request-headers"];
      return {
        ...given,
        "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
        "Access-Control-Allow-Headers": asked ?? "Content-Type",
        "Access-Control-Max-Age": "600",
      };
    },
  };
}
