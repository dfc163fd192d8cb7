/**
 * A built viewer in a folder, on Deno, Node and Bun.
 *
 * @module
 */

import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { ViewerFile, ViewerFiles } from "../http/viewer.ts";
import { escapeText } from "../safe_text.ts";
import { describeSystemError, systemCode } from "./system_error.ts";

/** Most files of a viewer, and most folders within folders. */
const MAXIMUM_FILES = 10_000;
const DEEPEST = 16;

const INSTALL = "install it with `npm pack @ohif/app && tar -xzf ohif-app-*.tgz` and name the folder package/dist, " +
  "or with npm install @ohif/app beside the configuration";

/**
 * The files that a viewer has now. Links are not followed. If the folder has no viewer, throws an Error that says how to install
 * one.
 */
export async function openViewer(folder: string): Promise<ViewerFiles> {
  try {
    const index = await readFile(`${folder}/index.html`, "utf8");
    return { index, files: await filesOf(folder, "", 0) };
  } catch (error) {
    const isMissing = systemCode(error) === "ENOENT";
    const found = isMissing ? "it has no index.html" : describeSystemError(error as Error).reason;
    throw new Error(`Cannot serve the viewer in ${escapeText(folder)}: ${found}${isMissing ? `; ${INSTALL}` : ""}`, {
      cause: error,
    });
  }
}

async function filesOf(folder: string, below: string, depth: number): Promise<ViewerFile[]> {
  const files: ViewerFile[] = [];
  for (const entry of await readdir(`${folder}/${below}`, { withFileTypes: true })) {
    const name = `${below}${entry.name}`;
    if (entry.isDirectory() && depth < DEEPEST) files.push(...await filesOf(folder, `${name}/`, depth + 1));
    if (entry.isFile()) files.push(await fileOf(`${folder}/${name}`, name));
    if (files.length > MAXIMUM_FILES) {
      throw new Error(`found more than ${MAXIMUM_FILES} files, expected those of a viewer`);
    }
  }
  return files;
}

async function fileOf(path: string, name: string): Promise<ViewerFile> {
  const { size, mtimeMs } = await stat(path);
  return {
    name,
    version: `${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}`,
    stream: () => Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>,
  };
}
