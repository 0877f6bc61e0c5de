// First code of a worker thread that runs from source: Node 20 cannot load a .ts entry itself, and a loader
// registered in the parent does not reach its threads. The last argument is the module to run.
import { register } from "tsx/esm/api";

register();
await import(String(process.argv.at(-1)));
