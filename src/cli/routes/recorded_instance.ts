/**
 * Instances in files, as rules see them.
 *
 * @module
 */

import type { RoutedInstance } from "../../archive/routing.ts";
import type { Way } from "../../routing/rules/rule.ts";

/** How instances are assumed to come; an absent fact comes from the files, or is unknown. */
export interface ThoughtOrigin {
  /** AE title of the sender. Default: what the file says. */
  readonly calling?: string | undefined;
  /** AE title that is called. */
  readonly called: string;
  readonly address?: string | undefined;
  readonly certificate?: string | undefined;
  readonly user?: string | undefined;
  /** Default: C-STORE. */
  readonly way?: Way | undefined;
}

/** Reads an instance, as far as its head goes, with these attributes of it. Throws for what is none. */
export async function readRecorded(
  path: string,
  wanted: ReadonlySet<number>,
  origin: ThoughtOrigin,
): Promise<RoutedInstance> {
  const { readHead } = await import("../../archive/describe_object.ts");
  const { identity, transferSyntax, meta, attributes, wanted: read } = await readHead(piecesOf(path), { wanted });
  const { calling = meta.sourceApplicationEntityTitle ?? "", called, way = "C-STORE" } = origin;
  const { address, certificate, user } = origin;
  const place = { name: path, size: 0, dataSetOffset: 0, receivedAt: 0, serial: 0 };
  return {
    instance: { ...identity, ...place, transferSyntax, sourceAeTitle: calling },
    attributes,
    wanted: read,
    origin: { way, calledAeTitle: called, address, certificate, user },
  };
}

const PIECE = 64 * 1024;

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const { openFile } = await import("../files/file_input.ts");
  using input = openFile(path);
  for (let piece = input.read(PIECE); piece.length > 0; piece = input.read(PIECE)) yield piece;
}
