/**
 * Deno as the platform of a gateway. Parts that some commands do not need are imported when they are needed.
 *
 * @module
 */

import type { Connect } from "../gateway/connect.ts";
import { connectTcp, connectTls, listenTcp, listenTls } from "../transport/deno.ts";
import { connectBy } from "./connect.ts";
import type { Platform } from "./platform.ts";

/** Deno. */
export const denoPlatform: Platform = {
  ...{ listenTcp, listenTls, connectTcp, connectTls },
  async checkIdentity(identity, what) {
    const { checkIdentity } = await import("../transport/node_tls_settings.ts");
    checkIdentity(identity, what);
  },
  async serveHttp(options) {
    const { DenoHttpServer } = await import("./deno_http_server.ts");
    return new DenoHttpServer(options);
  },
  async openArchive(config, onNotice, options) {
    const { openArchive } = await import("./file_archive.ts");
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
    const { denoCodecPool, permittedDeno } = await import("../pixel_data/pool/deno_codec_process.ts");
    return permittedDeno() === undefined ? undefined : denoCodecPool(options);
  },
  readTextFile: (path) => Deno.readTextFile(path),
  readTextFileSync: (path) => Deno.readTextFileSync(path),
  memoryUsed: () => Deno.memoryUsage().rss,
};

/** Connects from Deno to a peer of the configuration. */
export const connect: Connect = connectBy(denoPlatform);
