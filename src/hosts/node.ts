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
 * nothing open when it throws. Relative paths in the configuration start at the working folder.
 *
 * It handles no signals and writes no log: the program does both. Node 20 has no `node:sqlite` for the archive's index; there
 * the program has to pass an `archive` of its own. Only Deno has `tls.native`. Bun cannot change the certificate of the HTTP
 * side while it listens: a notice says so.
 *
 * @param config Default: `defaultConfig`
 * @throws {TransportError} when it cannot listen on a port, or use a certificate
 * @throws {Error} when it cannot use the archive or the file of users; the message says what to do
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
