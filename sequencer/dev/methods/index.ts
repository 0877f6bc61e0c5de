import type { RpcMethod } from "../../rpc/json-rpc/method.ts";
import { accountMethods } from "./accounts.ts";
import { environmentMethods } from "./environment.ts";
import { impersonateMethods } from "./impersonate.ts";
import { miningMethods } from "./mining.ts";
import { nodeInfoMethods } from "./nodeInfo.ts";
import { poolMethods } from "./pool.ts";
import { snapshotMethods } from "./snapshots.ts";
import { stateMethods } from "./state.ts";
import { timeMethods } from "./time.ts";

/** What is served with --dev besides the rest; eth_accounts and eth_sendRawTransaction take the place of the others. */
export const devMethods: ReadonlyMap<string, RpcMethod> = new Map(
  [
    ...accountMethods,
    ...environmentMethods,
    ...impersonateMethods,
    ...miningMethods,
    ...nodeInfoMethods,
    ...poolMethods,
    ...snapshotMethods,
    ...stateMethods,
    ...timeMethods,
  ].map((method) => [method.name, method]),
);
