/**
 * Node from 22.13 on, and Bun, as the platform of a gateway.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { TransportError } from "../errors.ts";
import { endpointText } from "../transport/endpoint.ts";
import { anyInterface } from "../transport/listener.ts";
import { connectTcp, connectTls, listenTcp, listenTls } from "../transport/node.ts";
import { serveHttp } from "./node_http_server.ts";
import type { Platform } from "./platform.ts";

/** Node or Bun. */
export const nodePlatform: Platform = {
  ...{ listenTcp, connectTcp, connectTls, serveHttp },
  async listenTls({ native, ...options }) {
    if (!native) return await listenTls(options);
    const { hostname = anyInterface, port } = options;
    const why = "tls.native asks for Deno's own TLS, expected a configuration without it on Node and Bun";
    throw new TransportError(`Cannot listen on ${endpointText({ hostname, port })}: ${why}`, { phase: "tls" });
  },
  async checkIdentity(identity, what) {
    const { checkIdentity } = await import("../transport/node_tls_settings.ts");
    checkIdentity(identity, what);
  },
  async openArchive(config, onNotice, options) {
    const { openArchive } = await import("./file_archive.ts").catch(withoutSqlite);
    return await openArchive(config, onNotice, options);
  },
  async openObjects(folder, options) {
    const { openObjects } = await import("./file_objects.ts");
    return await openObjects(folder, options);
  },
  async folderDestination() {
    const { FolderDestination } = await import("../routing/destinations/file_folder.ts");
    return (folder, options) => new FolderDestination(folder, options);
  },
  async openWorklistFolder(path) {
    const { openFileFolder } = await import("../worklist/file_folder.ts");
    return openFileFolder(path);
  },
  async openViewer(folder) {
    const { openViewer } = await import("./file_viewer.ts");
    return await openViewer(folder);
  },
  async codecPool(options) {
    const { nodeCodecPool } = await import("../pixel_data/pool/node_codec_process.ts");
    return nodeCodecPool(options);
  },
  readTextFile: (path) => readFile(path, "utf8"),
  readTextFileSync: (path) => readFileSync(path, "utf8"),
  memoryUsed: () => process.memoryUsage.rss(),
};

/** Node 20 has no SQLite, and Node 22 up to 22.12 only with a flag. */
function withoutSqlite(error: unknown): never {
  if ((error as { readonly code?: unknown }).code !== "ERR_UNKNOWN_BUILTIN_MODULE") throw error;
  const found = `Node ${process.versions.node} has no node:sqlite`;
  const expected = "expected Node 22.13 or later, Bun, or an archive of the program's own (the option archive)";
  throw new Error(`Cannot open the archive's index: ${found}; ${expected}`);
}
