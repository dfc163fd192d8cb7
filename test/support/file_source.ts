/**
 * Files as sources that a data set can be read from, and left in.
 *
 * @module
 */

import type { ByteSource } from "../../src/dicom/data_set/reading/byte_source.ts";

/** How much is read at a time, at first and then. */
const FIRST_PIECE = 16 * 1024;
const PIECE = 256 * 1024;

/** A file on disk, opened for as long as a stream of it is read. */
export function fileSource(path: string): ByteSource {
  const { size } = Deno.statSync(path);
  return { size, slice: (start, end) => ({ stream: () => readPart(path, start, end) }) };
}

function readPart(path: string, start: number, end: number): ReadableStream<Uint8Array> {
  let file: Deno.FsFile | undefined;
  let offset = start;
  let piece = FIRST_PIECE;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      file ??= openAt(path, start);
      const bytes = new Uint8Array(Math.min(piece, end - offset));
      const read = bytes.length === 0 ? null : file.readSync(bytes);
      if (read === null) {
        file.close();
        return controller.close();
      }
      offset += read;
      piece = PIECE;
      controller.enqueue(bytes.subarray(0, read));
    },
    cancel: () => file?.close(),
  }, { highWaterMark: 0 });
}

function openAt(path: string, offset: number): Deno.FsFile {
  const file = Deno.openSync(path);
  file.seekSync(offset, Deno.SeekMode.Start);
  return file;
}
