/**
 * What has to hold of the codecs, whatever the bytes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type CommandSet, decodeCommandSet, encodeCommandSet } from "../../src/dimse/command_set.ts";
import { CommandSetError } from "../../src/dimse/command_set_error.ts";
import { PduError } from "../../src/errors.ts";
import { PduReader } from "../../src/upper_layer/codec/pdu_reader.ts";
import type { IncomingPdu, PdvFragment } from "../../src/upper_layer/pdu.ts";
import { concat } from "../support/scripted_peer.ts";

/**
 * Reads a stream in one piece and in these pieces: the PDUs have to be the same, what is refused is refused with a
 * PduError, and each command set in it is read and written back, or refused with a CommandSetError.
 */
export function checkCodec(bytes: Uint8Array, pieces: readonly Uint8Array[]): void {
  const whole = readAll([bytes]);
  assert.deepEqual(readAll(pieces), whole);
  for (const pdu of whole.pdus) if (pdu.type === "P-DATA-TF" && pdu.command) checkCommand(pdu.bytes);
}

/** PDUs, fragments joined, and what ended them. */
interface Reading {
  readonly pdus: IncomingPdu[];
  readonly error?: string;
}

function readAll(pieces: readonly Uint8Array[]): Reading {
  const reader = new PduReader({ maxPduLength: 16384 });
  const pdus: IncomingPdu[] = [];
  try {
    for (const piece of pieces) {
      reader.push(piece);
      for (let pdu = reader.next(); pdu !== undefined; pdu = reader.next()) pdus.push(pdu);
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof PduError)) throw error;
    return { pdus: joinFragments(pdus), error: `${error.message} (${error.reason}, ${error.offset})` };
  }
  return { pdus: joinFragments(pdus) };
}

function joinFragments(pdus: readonly IncomingPdu[]): IncomingPdu[] {
  const joined: IncomingPdu[] = [];
  let open: PdvFragment[] = [];
  const close = () => {
    const last = open.at(-1);
    if (last !== undefined) joined.push({ ...last, bytes: concat(open.map(({ bytes }) => bytes)) });
    open = [];
  };
  for (const pdu of pdus) {
    const [before] = open;
    const goesOn = pdu.type === "P-DATA-TF" && pdu.contextId === before?.contextId && pdu.command === before.command;
    if (!goesOn) close();
    if (pdu.type !== "P-DATA-TF") joined.push(pdu);
    else {
      open.push(pdu);
      if (pdu.last) close();
    }
  }
  close();
  return joined;
}

function checkCommand(bytes: Uint8Array): void {
  let command: CommandSet;
  try {
    command = decodeCommandSet(bytes);
  } catch (error) {
    if (error instanceof CommandSetError) return;
    throw error;
  }
  assert.deepEqual(decodeCommandSet(encodeCommandSet(command)), command);
}
