import type { PrivateKeyAccount } from "viem";
import type { DevCommand } from "./devCommand.ts";
import type { Impersonation } from "./impersonation.ts";

/** What development methods can use; there on development chains alone. */
export interface DevAccess {
  /** Carried out by the sequencer; when it resolves, this process has followed the chain to where it is then. */
  run(command: DevCommand): Promise<unknown>;
  /** The ten development accounts, whose keys everybody knows, by lower-case address. */
  accounts: ReadonlyMap<string, Pick<PrivateKeyAccount, DevSigner>>;
  impersonation: Impersonation;
}

type DevSigner = "address" | "signMessage" | "signTransaction" | "signTypedData";
