/** Reads a GIF of one picture, for tests: by the specification, and by nothing of what writes it. */

/** What was read. */
export interface ReadGif {
  readonly width: number;
  readonly height: number;
  /** RGB. */
  readonly pixels: Uint8Array;
}

/** Reads it. Throws for what is no GIF of one picture with a global table of 256 colours. */
export function readGif(bytes: Uint8Array): ReadGif {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (new TextDecoder().decode(bytes.subarray(0, 6)) !== "GIF89a" || (bytes[10]! & 0x87) !== 0x87) {
    throw new Error("It is no GIF with a table of 256 colours");
  }
  const colours = bytes.subarray(13, 13 + 768);
  let at = 13 + 768;
  if (bytes[at] !== 0x2c) throw new Error("It has no image behind the table");
  const [width, height] = [view.getUint16(at + 5, true), view.getUint16(at + 7, true)];
  const size = bytes[at + 10]!;
  at += 11;
  const data: number[] = [];
  for (let length = bytes[at++]!; length > 0; length = bytes[at++]!) {
    data.push(...bytes.subarray(at, at + length));
    at += length;
  }
  if (bytes[at] !== 0x3b || at !== bytes.length - 1) throw new Error("It doesn't end with its trailer");
  const indices = decompress(data, size);
  if (indices.length !== width * height) throw new Error(`It has ${indices.length} pixels`);
  const pixels = new Uint8Array(3 * indices.length);
  indices.forEach((index, pixel) => pixels.set(colours.subarray(3 * index, 3 * index + 3), 3 * pixel));
  return { width, height, pixels };
}

function decompress(data: readonly number[], size: number): number[] {
  const [clear, end] = [1 << size, (1 << size) + 1];
  let [bits, held, at, length] = [0, 0, 0, size + 1];
  let table: number[][] = [];
  let before: number[] | undefined;
  const output: number[] = [];
  for (;;) {
    while (held < length) {
      if (at === data.length) throw new Error("It ends without its end code");
      bits |= data[at++]! << held;
      held += 8;
    }
    const code = bits & (1 << length) - 1;
    bits >>>= length;
    held -= length;
    if (code === end) return output;
    if (code === clear) {
      table = Array.from({ length: end + 1 }, (_, index) => [index]);
      [length, before] = [size + 1, undefined];
      continue;
    }
    const entry: number[] | undefined = code < table.length ? table[code] : before && [...before, before[0]!];
    if (entry === undefined || code > table.length) throw new Error(`It has a code ${code} that is not known yet`);
    for (const index of entry) output.push(index);
    if (before !== undefined && table.length < 4096) table.push([...before, entry[0]!]);
    if (table.length === 1 << length && length < 12) length++;
    before = entry;
  }
}
