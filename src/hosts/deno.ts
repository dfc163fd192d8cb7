/**
 * A whole gateway on Deno: what `gantry listen` does, for programs.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { defaultConfig } from "../config/generated/default_config.ts";
import { denoPlatform } from "./deno_platform.ts";
import { runGateway, type RunningGateway, type StartOptions } from "./host.ts";

export type { HostEvent, HostNotice, OnNotice } from "./notice.ts";
export type { ArchiveParts } from "./platform.ts";
export type { RunningGateway, StartOptions };

/**
 * Starts a gateway as configured: it opens the archive with its index, listens for DICOM and HTTP, by TLS where that is
 * configured, follows the files of certificates and users, and starts the modules. Resolves when it listens, and leaves
 * nothing open when it throws. Relative paths in the configuration start at the working folder.
 *
 * It handles no signals and writes no log: the program does both.
 *
 * @param config Default: `defaultConfig`
 * @throws {TransportError} when it cannot listen on a port, or use a certificate
 * @throws {Error} when it cannot use the archive or the file of users; the message says what to do
 * @example
 * ```ts
 * import { parseConfig } from "@gantry/dicom/config";
 *
 * const config = await parseConfig("archive: { path: ./data }\ndicom: { port: 11112 }");
 * const gateway = await startGateway(config, { onNotice: ({ message }) => console.error(message) });
 * console.error(`Listening on port ${gateway.dicom.port}`);
 * Deno.addSignalListener("SIGTERM", async () => Deno.exit(await gateway.drain() ? 0 : 1));
 * ```
 */
export function startGateway(config: Config = defaultConfig, options: StartOptions = {}): Promise<RunningGateway> {
  return runGateway(denoPlatform, config, options);
}
