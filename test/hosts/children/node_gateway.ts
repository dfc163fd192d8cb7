/**
 * `startGateway()` on Node or Bun: `CONFIGURATION`, parsed already, as JSON. Prints where it listens and what it is told as JSON, a line each,
 * and drains at SIGTERM. What goes wrong is its last line, of stderr.
 *
 * @module
 */

import process from "node:process";
import type { Config } from "../../../src/config.ts";
import type { MakeModule } from "../../../src/gateway/module.ts";
import { startGateway } from "../../../src/hosts/node.ts";
import { createMemoryIndex } from "../../../src/index/memory_index.ts";
import { createMemoryStore } from "../../../src/objects/memory_store.ts";

const [, , text = "", where = ""] = process.argv;
const config: Config = JSON.parse(text);
const print = (line: unknown) => console.log(JSON.stringify(line));

const module: MakeModule = () => ({
  name: "told",
  start: () => print({ module: "started" }),
  stop: () => print({ module: "stopped" }),
});

try {
  const inMemory = where === "memory" && { archive: { store: createMemoryStore(), index: createMemoryIndex() } };
  const running = await startGateway(config, { modules: [module], onNotice: print, ...inMemory });
  print({ dicom: running.dicom.port, http: running.http.port });
  process.once("SIGTERM", async () => {
    print({ drained: await running.drain() });
  });
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
