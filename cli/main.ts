import { Command } from "commander";
import { VERSION } from "../infra/index.ts";
import { addBenchCommand } from "./commands/bench.ts";
import { addExportCommand } from "./commands/export.ts";
import { addNodeCommand } from "./commands/node.ts";
import { addProverCommand } from "./commands/prover.ts";
import { addRecoverCommand } from "./commands/recover.ts";
import { addReplayCommand } from "./commands/replay.ts";
import { addRpcCommand } from "./commands/rpc.ts";
import { addSequencerCommand } from "./commands/sequencer.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addStateTestCommand } from "./commands/statetest.ts";
import { addTestCommand } from "./commands/test.ts";
import { addUpCommand } from "./commands/up.ts";
import { addVerifyCommand } from "./commands/verify.ts";
import { reportError } from "./terminal/reportError.ts";

const EXAMPLES = `
Examples:
  braid up                                    a whole L2 on this machine: Redis, PostgreSQL, L1, sequencer and RPC
  braid up --lanes 4 --block-interval 250     four lanes, at most four blocks a second
  braid up --data /var/lib/braid --l2-port 80 another data folder, another port
  braid up --l1-url http://127.0.0.1:8545     settle on an L1 that runs already
  braid up --reset                            throw the chain away and start again from genesis
  braid bench e2e                             transfers end to end, against Anvil
  braid bench executor --only erc20           blocks in lanes, against stock EthereumJS
  braid replay --block b.json --prestate p.json  a block of any chain, in one lane and in several
  braid serve --genesis g.json --chain c.rlp  the JSON-RPC over an Ethereum chain from files
  braid verify --l1 http://127.0.0.1:8545 --rollup 0x…  the chain again from L1 alone, compared with what was committed
  braid export --rpc http://127.0.0.1:9545 --rlp c.rlp  the blocks, as other clients import them
  braid recover --from-l1 --rollup 0x…        a sequencer's database and state again, from L1
  braid statetest osaka.tar.gz --fork Osaka   official state tests through our executor
  braid test                                  all tests
  braid test executor -t "lanes"              arguments go to Vitest

Every flag has an environment variable; .env.example lists all settings with their defaults.
`;

const program = new Command("braid")
  .description("A Layer-2 rollup node whose sequencer runs each block in parallel lanes.")
  .version(VERSION, "-V, --version", "print the version")
  .enablePositionalOptions()
  .showHelpAfterError("(braid --help explains all commands)")
  .addHelpText("after", EXAMPLES);

addUpCommand(program);
addTestCommand(program);
addNodeCommand(program);
addSequencerCommand(program);
addRpcCommand(program);
addProverCommand(program);
addBenchCommand(program);
addReplayCommand(program);
addServeCommand(program);
addStateTestCommand(program);
addVerifyCommand(program);
addRecoverCommand(program);
addExportCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  reportError(error);
  process.exitCode = 1;
}
