import { BraidError } from "../../protocol/index.ts";

/** Another process listens there. */
export class PortTakenError extends BraidError {
  /** `flag`: what moves us elsewhere, as in `--l2-port` or `BRAID_METRICS_PORT`. */
  constructor(port: number, what: string, flag: string) {
    super("PORT_TAKEN", `port ${port} for ${what} is in use by another process`, {
      hint: `Stop that process, or choose another port with ${flag}.`,
    });
  }
}
