/**
 * Instances into files.
 *
 * @module
 */

import { fileNameFor } from "../../archive/instance_name.ts";
import { fileMetaInformation } from "../../dicom/part10.ts";
import type { HeldInstance } from "../../query/instance_source.ts";

/**
 * Writes an instance as a Part 10 file into a folder, under its SOP Instance UID, or a hash of one that is no UID; what was there under this name is replaced
 * when all of it has come. Resolves with the path. `onBytes` hears of each piece.
 */
export async function writeInstance(
  folder: string,
  instance: HeldInstance,
  onBytes: (length: number) => void,
): Promise<string> {
  const path = `${folder}/${await fileNameFor(instance.sopInstanceUid)}.dcm`;
  const pending = `${path}.part`;
  const stream = instance.stream();
  try {
    const file = await Deno.open(pending, { write: true, create: true, truncate: true });
    try {
      writeAll(file, fileMetaInformation(instance));
      for await (const piece of stream) {
        writeAll(file, piece);
        onBytes(piece.length);
      }
    } finally {
      file.close();
    }
    await Deno.rename(pending, path);
  } catch (error) {
    if (!stream.locked) await stream.cancel(error).catch(() => {});
    await Deno.remove(pending).catch(() => {});
    throw error;
  }
  return path;
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}
