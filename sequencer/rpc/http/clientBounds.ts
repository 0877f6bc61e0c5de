import { performance } from "node:perf_hooks";
import { LRUCache } from "lru-cache";
import { limitExceeded, type RpcError } from "../json-rpc/rpcError.ts";
import type { RpcLimits } from "../limits.ts";
import { RequestBucket } from "./requestBucket.ts";

/** The bounds of one connection, which shares its address's with the address's other connections. */
export interface ConnectionBounds {
  /** The error for a request that would be refused whatever it asks; takes nothing. */
  refusal(): RpcError | undefined;
  /** Takes requests in and returns the function that ends them; throws the error that names the bound. */
  enter(requests: number): () => void;
}

export interface ClientBounds {
  connection(address: string): ConnectionBounds;
}

type Limits = Pick<
  RpcLimits,
  "ratePerConnection" | "ratePerAddress" | "inWorkPerConnection" | "inWorkPerAddress"
>;

/** Addresses remembered at once: a flood of new ones costs no more memory than this. */
const ADDRESSES = 50_000;

const refused = (kind: "rate" | "inWork", of: string, rate: number, inWork: number): RpcError =>
  kind === "rate"
    ? limitExceeded(`limit exceeded: ${rate} requests a second of one ${of}`)
    : limitExceeded(`limit exceeded: ${inWork} requests in work of one ${of}`);

export function createClientBounds(limits: Limits, now = () => performance.now()): ClientBounds {
  const addresses = new LRUCache<string, RequestBucket>({ max: ADDRESSES });

  function bucketOf(address: string): RequestBucket {
    const known = addresses.get(address);
    if (known !== undefined) return known;
    const made = new RequestBucket(limits.ratePerAddress, limits.inWorkPerAddress, now);
    addresses.set(address, made);
    return made;
  }

  const ofAddress = (kind: "rate" | "inWork") =>
    refused(kind, "address", limits.ratePerAddress, limits.inWorkPerAddress);
  const ofConnection = (kind: "rate" | "inWork") =>
    refused(kind, "connection", limits.ratePerConnection, limits.inWorkPerConnection);

  return {
    connection(address) {
      const own = new RequestBucket(limits.ratePerConnection, limits.inWorkPerConnection, now);
      return {
        refusal() {
          const byConnection = own.refuses();
          if (byConnection !== undefined) return ofConnection(byConnection);
          const byAddress = bucketOf(address).refuses();
          return byAddress === undefined ? undefined : ofAddress(byAddress);
        },
        enter(requests) {
          const byConnection = own.enter(requests);
          if (byConnection !== undefined) throw ofConnection(byConnection);
          const shared = bucketOf(address);
          const byAddress = shared.enter(requests);
          if (byAddress !== undefined) {
            own.leave(requests);
            throw ofAddress(byAddress);
          }
          return () => {
            own.leave(requests);
            shared.leave(requests);
          };
        },
      };
    },
  };
}
