import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { l2Genesis, readL2Deployment } from "../../contracts/index.ts";
import { createExecutor } from "../../executor/index.ts";
import { type Block, bytesEqual, type Genesis, type Hex, hexToBytes } from "../../protocol/index.ts";
import { createL1Rpc, L1RefusedError, withoutSecrets } from "../l1/l1Rpc.ts";
import { L1UnavailableError } from "../verifierError.ts";
import { chainChanged } from "./archiveSource.ts";
import { ExportError } from "./exportError.ts";
import type { ExportSource } from "./exportSource.ts";
import { headerOf } from "./rlpHeader.ts";

/** Blocks that are asked for before they are wanted. */
const AHEAD = 8;

export interface RpcSourceOptions {
  /** Of a node of the chain, HTTP; it must serve debug_getRawBlock. */
  url: string;
  /** What the genesis is read from: no JSON-RPC tells all accounts of a state. */
  deployment?: { l1Url: string; rollup: Hex };
  signal?: AbortSignal;
}

/** The blocks of a running node, over its JSON-RPC. */
export function rpcSource({ url, deployment, signal }: RpcSourceOptions): ExportSource {
  const rpc = createL1Rpc({ url, signal });

  async function request(method: string, params: unknown[]): Promise<unknown> {
    try {
      return await rpc.request(method, params);
    } catch (error) {
      if (!(error instanceof L1UnavailableError) && !(error instanceof L1RefusedError)) throw error;
      throw nodeError(url, method, error);
    }
  }

  async function rawBlock(number: number): Promise<Uint8Array> {
    const raw = await request("debug_getRawBlock", [`0x${number.toString(16)}`]);
    const bytes = typeof raw === "string" && raw.startsWith("0x") ? hexToBytes(raw) : undefined;
    // What is no hex is not decoded to its end.
    if (bytes !== undefined && bytes.length > 0 && bytes.length * 2 + 2 === String(raw).length) return bytes;
    throw raw === null ? chainChanged(number) : nodeError(url, "debug_getRawBlock");
  }

  return {
    async head() {
      const number = await request("eth_blockNumber", []);
      if (typeof number === "string" && /^0x[0-9a-f]{1,12}$/.test(number)) return Number(number);
      throw nodeError(url, "eth_blockNumber");
    },
    async *blocks(first, last) {
      const asked: Promise<Uint8Array>[] = [];
      let next = first;
      for (;;) {
        for (; next <= last && asked.length < AHEAD; next++) asked.push(begun(rawBlock(next)));
        const block = asked.shift();
        if (block === undefined) return;
        yield await block;
      }
    },
    genesisHash: async () => headerOf(await rawBlock(0)).hash,
    async genesis() {
      if (deployment === undefined) throw deploymentWanted();
      const genesis = await publishedGenesis(deployment);
      const block = await genesisBlock(genesis);
      if (!bytesEqual(block.hash, headerOf(await rawBlock(0)).hash)) throw otherGenesis();
      return { config: genesis.config, header: block.header, accounts: genesis.accounts };
    },
  };
}

async function publishedGenesis(deployment: { l1Url: string; rollup: Hex }): Promise<Genesis> {
  const published = await readL2Deployment(deployment);
  if (published !== undefined) return l2Genesis(published.deployment);
  throw new ExportError("EXPORT_NO_ROLLUP", `${deployment.rollup} on L1 is no rollup`, {
    hint: "Correct --rollup or --l1: deployment.json names both.",
  });
}

/** As an executor makes it, whose folder is thrown away. */
async function genesisBlock(genesis: Genesis): Promise<Block> {
  const dataDir = await mkdtemp(join(tmpdir(), "braid-export-"));
  const executor = createExecutor({ dataDir, lanes: 1, genesis });
  try {
    await executor.start();
    return (await executor.initialize()).block;
  } finally {
    await executor.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Its failure is told when it is awaited, and not before. */
function begun<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function nodeError(url: string, method: string, cause?: L1UnavailableError | L1RefusedError): ExportError {
  const reason = cause === undefined ? "it gives no usable answer" : cause.message.replace(/^L1 /, "");
  return new ExportError("EXPORT_NODE", `${method} of the node at ${withoutSecrets(url)}: ${reason}`, {
    cause,
    retryable: cause instanceof L1UnavailableError,
    hint: "--rpc is the HTTP URL of a node that serves eth_ and debug_getRawBlock.",
  });
}

function deploymentWanted(): ExportError {
  return new ExportError("EXPORT_GENESIS_UNKNOWN", "no JSON-RPC tells all accounts of the genesis", {
    hint: "Add --l1 and --rollup, where its deployment is published, or export from a verifier's folder with --data.",
  });
}

function otherGenesis(): ExportError {
  return new ExportError("EXPORT_OTHER_GENESIS", "the rollup on L1 belongs to another chain than the node", {
    hint: "Correct --rpc, --rollup or --l1.",
  });
}
