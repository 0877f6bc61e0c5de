import type { BatchRecord } from "../../chain-store/batchTypes.ts";
import type { MempoolStatus } from "../../mempool/types.ts";
import type { RpcContext } from "../context.ts";
import type { Heads } from "../heads/headTracker.ts";

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
:root{color-scheme:light dark;--line:#8883;--soft:#8889}
body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:10vh auto;padding:0 1.5rem}
h1{font-size:1.6rem;margin:0 0 .25rem;letter-spacing:-.02em}
p{color:var(--soft);margin:0 0 2rem}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:.6rem;overflow:hidden;margin:0 0 2rem}
dl div{background:Canvas;padding:1rem 1.2rem}
dt{color:var(--soft);font-size:.85rem}
dd{margin:.1rem 0 0;font-size:1.35rem;font-variant-numeric:tabular-nums}
a{color:inherit;margin-right:1.2rem}
code{background:var(--line);padding:.15rem .4rem;border-radius:.3rem;font-size:.9em}
`;

function batchText(batch: BatchRecord | undefined): string {
  return batch === undefined ? "none yet" : `${batch.number} · ${batch.status}`;
}

function cells(heads: Heads, pool: MempoolStatus, batch: BatchRecord | undefined): [string, string][] {
  return [
    ["Latest block", heads.latest.number.toLocaleString("en")],
    ["Safe on L1", heads.safe.toLocaleString("en")],
    ["Finalized", heads.finalized.toLocaleString("en")],
    ["Last batch", batchText(batch)],
    ["Waiting transactions", pool.pending.toLocaleString("en")],
    ["Queued behind a gap", pool.queued.toLocaleString("en")],
  ];
}

/** What a browser sees at `/`: where the chain stands, and where to send JSON-RPC. */
export async function statusPage(context: RpcContext): Promise<string> {
  const [pool, batch] = await Promise.all([context.mempool.status(), context.chain.lastBatch()]);
  const list = cells(context.heads.heads(), pool, batch)
    .map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`)
    .join("");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Braid</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="5">
<style>${STYLE}</style></head><body><h1>Braid</h1>
<p>Layer-2 rollup · chain ${context.config.chainId} · ${escapeHtml(context.clientVersion)}</p>
<dl>${list}</dl>
<p>Send JSON-RPC as <code>POST /</code> with <code>content-type: application/json</code>, or open a WebSocket here.</p>
<a href="/health">health</a><a href="/ready">ready</a><a href="/metrics">metrics</a></body></html>`;
}
