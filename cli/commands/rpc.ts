import type { Command } from "commander";
import { addConfigFlags, configOf } from "../configFlags.ts";
import { runRole } from "../supervision/runRole.ts";

export function addRpcCommand(program: Command): void {
  const command = program
    .command("rpc")
    .description("one role: answers JSON-RPC over HTTP and WebSocket; as many processes as wanted");
  addConfigFlags(command, [
    ...([
      "dataDir",
      "l1Url",
      "l2Host",
      "l2Port",
      "l1ChainId",
      "l2ChainId",
      "dev",
      "logLevel",
      "logFormat",
    ] as const),
  ]);
  command.action(async () => {
    const { startRpc } = await import("../../sequencer/index.ts");
    process.exit(await runRole("rpc", configOf(command), startRpc));
  });
}
