/**
 * A whole gateway on Node 22.13 and later, and on Bun: what `gantry listen` does, for programs.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { defaultConfig } from "../config/generated/default_config.ts";
import { runGateway, type RunningGateway, type StartOptions } from "./host.ts";
import { nodePlatform } from "./node_platform.ts";

export type { HostEvent, HostNotice, OnNotice } from "./notice.ts";
export type { ArchiveParts } from "./platform.ts";
export type { RunningGateway, StartOptions };

/**
 * Starts a gateway as configured: it opens the archive with its index, listens for DICOM and HTTP, by TLS where that is
 * configured, follows the files of certificates and users, and starts the modules. Resolves when it listens, and leaves
 * nothing behind when it throws. Relative paths in the configuration start at the working folder.
 *
 * It handles no signals and writes no log: that is the program's. Node 20 has no `node:sqlite` for the archive's index; there
 * it takes an `archive` of the program's own. `tls.native` is for Deno alone. Bun can't change the
 * certificate of the HTTP side while it listens: a notice says so.
 *
 * @param config Default: `defaultConfig`
 * @throws {TransportError} when a port can't be had, or a certificate can't be used
 * @throws {Error} when the archive or the file of users can't be used; the message says what to do
 * @example
 * ```ts
 * import process from "node:process";
 * import { parseConfig } from "@gantry/dicom/config";
 *
 * const config = await parseConfig("archive: { path: ./data }\ndicom: { port: 11112 }");
 * const gateway = await startGateway(config, { onNotice: ({ message }) => console.error(message) });
 * console.error(`Listening on port ${gateway.dicom.port}`);
 * process.once("SIGTERM", async () => process.exit(await gateway.drain() ? 0 : 1));
 * ```
 */
export function startGateway(config: Config = defaultConfig, options: StartOptions = {}): Promise<RunningGateway> {
  return runGateway(nodePlatform, config, options);
}
