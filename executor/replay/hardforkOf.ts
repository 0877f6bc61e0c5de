import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { SUPPORTED_HARDFORKS } from "../engine/chainRules.ts";
import { ReplayInputError } from "./replayError.ts";

const MAINNET_CHAIN_ID = 1;

/** The hardfork of a name: EthereumJS's (`muirGlacier`), in whatever case. */
export function hardforkNamed(name: string): Hardfork {
  const found = SUPPORTED_HARDFORKS.find((hardfork) => hardfork.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new ReplayInputError(`there is no hardfork "${name}"`, {
    hint: `One of ${SUPPORTED_HARDFORKS.join(", ")}.`,
  });
}

/** Which rules the block ran under: mainnet's by number and time; every other chain here is one of Braid's, on Osaka. */
export function hardforkOf(chainId: number, block: { number: number; timestamp: number }): Hardfork {
  if (chainId !== MAINNET_CHAIN_ID) return Hardfork.Osaka;
  const name = mainnetHardfork(block);
  const found = SUPPORTED_HARDFORKS.find((hardfork) => hardfork === name);
  if (found !== undefined) return found;
  throw new ReplayInputError(
    `block ${block.number} of mainnet is under "${name}", which cannot be replayed`,
    {
      hint: "Blocks from Byzantium to Osaka can; --hardfork names the rules to take instead.",
    },
  );
}

function mainnetHardfork({ number, timestamp }: { number: number; timestamp: number }): string {
  try {
    return new Common({ chain: Mainnet }).getHardforkBy({
      blockNumber: BigInt(number),
      timestamp: BigInt(timestamp),
    });
  } catch (cause) {
    throw new ReplayInputError(`mainnet has no block ${number} at time ${timestamp}`, {
      cause,
      hint: "--hardfork names the rules to take, --chain-id the chain.",
    });
  }
}
