/**
 * The header Warning, with code 299 (PS3.18 8.3.4, RFC 7234 5.5).
 *
 * @module
 */

import type { DicomwebFace } from "./face.ts";

/** Warnings as one header. */
export function warningHeader({ root }: Pick<DicomwebFace, "root">, texts: readonly string[]): string {
  return texts.map((text) => `299 gantry${root} "${text.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "'")}"`).join(
    ", ",
  );
}
