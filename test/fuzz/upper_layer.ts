/**
 * Fuzzing of the upper layer and DIMSE: legal streams of PDUs, changed by their structure, in both roles.
 *
 * @module
 */

import { checkAcceptor, checkRequestor } from "./check_association.ts";
import { checkCodec } from "./check_codec.ts";
import type { Fuzzing } from "./fuzzing.ts";
import { mutate } from "./mutations.ts";
import { Random } from "../support/random.ts";
import { ACCEPTOR_STREAMS, REQUESTOR_STREAMS } from "./seeds.ts";

/** What a requestor may say to an acceptor. */
export const acceptorFuzzing: Fuzzing = {
  name: "acceptor",
  input: (random) => mutate(REQUESTOR_STREAMS, random),
  check: (bytes) => check(bytes, checkAcceptor),
};

/** What an acceptor may say to a requestor. */
export const requestorFuzzing: Fuzzing = {
  name: "requestor",
  input: (random) => mutate(ACCEPTOR_STREAMS, random),
  check: (bytes) => check(bytes, checkRequestor),
};

async function check(bytes: Uint8Array, talk: (pieces: readonly Uint8Array[]) => Promise<void>): Promise<void> {
  const pieces = split(bytes, new Random(bytes.length));
  checkCodec(bytes, pieces);
  await talk(pieces);
}

/** Pieces that begin where PDUs do, as far as the length fields are right, or anywhere. */
function split(bytes: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const anywhere = random.oneIn(3);
  for (let at = 0; at < bytes.length;) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    const whole = view.byteLength < 6 ? view.byteLength : Math.min(6 + view.getUint32(2), view.byteLength);
    const length = anywhere ? 1 + random.below(100) : whole;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
