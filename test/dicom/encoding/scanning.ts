/** Feeds an `ElementScanner` and writes down what it tells. */

import { ElementScanner } from "../../../src/dicom/encoding/element_scanner.ts";
import type { ElementScannerOptions } from "../../../src/dicom/encoding/scan_events.ts";
import { formatTag } from "../../../src/dicom/tag.ts";

/** Bytes in pieces of the given sizes, over and over. */
export function* pieces(bytes: Uint8Array, ...sizes: number[]): Generator<Uint8Array> {
  let position = 0;
  for (let turn = 0; position < bytes.length; turn++) {
    const end = position + sizes[turn % sizes.length]!;
    yield bytes.subarray(position, end);
    position = end;
  }
}

/**
 * Every event as a line: `element (0010,0010) PN 8 @0`, and a value's bytes in hexadecimal. Each piece is overwritten once
 * it was walked over, as a caller that reads into one buffer does.
 */
export function record(chunks: Iterable<Uint8Array>, options: ElementScannerOptions = {}): string[] {
  const lines: string[] = [];
  const scanner = new ElementScanner(options);
  const { element } = scanner;
  for (const chunk of chunks) {
    const buffer = chunk.slice();
    scanner.push(buffer);
    for (let event; (event = scanner.next()) !== undefined;) {
      if (event === "value") lines.push(`value ${scanner.value.toHex()}`);
      else if (event.endsWith("-end")) lines.push(event);
      else {
        const length = element.length === 0xffff_ffff ? "undefined" : element.length;
        lines.push(
          `${event} ${formatTag(element.tag)} ${element.vr} ${length} @${element.offset} depth ${element.depth}`,
        );
      }
      if (event === "element" || event === "fragment") scanner.takeValue();
    }
    buffer.fill(0xee);
  }
  scanner.end();
  return lines;
}
