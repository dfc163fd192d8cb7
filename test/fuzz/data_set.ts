/**
 * Fuzzing of data sets: Part 10 files, of the corpus where it is present, changed at their element headers.
 *
 * @module
 */

import assert from "node:assert/strict";
import { isConvertible } from "../../src/dicom/conversion/convert_transfer_syntax.ts";
import { TransferSyntaxConverter } from "../../src/dicom/conversion/transfer_syntax_converter.ts";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { pixelFrames } from "../../src/dicom/data_set/frames/pixel_frames.ts";
import { readDataSet } from "../../src/dicom/data_set/reading/read_data_set.ts";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import { ElementScanner } from "../../src/dicom/encoding/element_scanner.ts";
import { readFileHeader } from "../../src/dicom/part10.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { findTransferSyntax } from "../../src/dicom/transfer_syntaxes.ts";
import { formatJson } from "../../src/dicom/models/json_text.ts";
import { fromJson } from "../../src/dicom/models/from_json.ts";
import { toJson } from "../../src/dicom/models/to_json.ts";
import { toXml } from "../../src/dicom/models/to_xml.ts";
import { listDataSet } from "../../src/cli/output/listing.ts";
import { capture } from "../cli/terminal.ts";
import { DataSetError, LimitError } from "../../src/errors.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../dicom/corpus.ts";
import { makeInstance } from "../support/instances.ts";
import { concat } from "../support/scripted_peer.ts";
import { element } from "../dicom/encoding/elements.ts";
import { pieces } from "../dicom/encoding/scanning.ts";
import type { Fuzzing } from "./fuzzing.ts";
import type { Random } from "../support/random.ts";

/** Whatever a file may hold. */
export const dataSetFuzzing: Fuzzing = {
  name: "data-set",
  input: (random) => change(random.pick(seeds ??= readSeeds()), random),
  check: checkFile,
};

/** Large files differ from small ones in their pixels only. */
const LONGEST_SEED = 48 * 1024;

/** Far below the defaults, so that a bomb shows as one. */
const LIMITS = { maxInflatedLength: 1024 ** 2, maxLength: 1024 ** 2, maxDepth: 16 };

/** A file, and where its elements, items and delimiters begin. */
interface Seed {
  readonly bytes: Uint8Array;
  readonly headers: readonly number[];
}

let seeds: readonly Seed[] | undefined;

function readSeeds(): Seed[] {
  const files = [UID.ImplicitVRLittleEndian, UID.ExplicitVRLittleEndian, UID.ExplicitVRBigEndian, UID.JPEGBaseline8Bit]
    .map((transferSyntax) => makeInstance({ transferSyntax, pixelBytes: 64 }).file);
  if (corpusIsThere) files.push(...corpusFiles().map((name) => Deno.readFileSync(corpusPath(name))));
  return files.map((file) => toSeed(file.subarray(0, LONGEST_SEED)));
}

/** The offsets are those that the reader itself finds, as far as it gets; a deflated data set is one value to it. */
function toSeed(bytes: Uint8Array): Seed {
  const headers: number[] = [];
  try {
    const file = readFileHeader(bytes, { ended: true });
    if (file !== undefined && !findTransferSyntax(file.transferSyntax)?.deflated) {
      const scanner = new ElementScanner({ transferSyntax: file.transferSyntax });
      scanner.push(bytes.subarray(file.dataSetOffset));
      while (scanner.next() !== undefined) headers.push(file.dataSetOffset + scanner.element.offset);
    }
  } catch {
    // Some are meant to be broken.
  }
  for (let at = 132; at < Math.min(bytes.length, 400); at += 2) headers.push(at); // the meta information
  return { bytes, headers };
}

const LENGTHS = [0, 1, 2, 7, 8, 0xfffe, 0xffff, 0x1_0000, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff];
const TAGS = [0xfffe_e000, 0xfffe_e00d, 0xfffe_e0dd, 0x7fe0_0010, 0x0008_0005, 0x0008_0018, 0x0002_0010, 0x0008_1140];
const VRS = ["SQ", "UN", "OB", "OW", "UT", "PN", "US", "AT", "??", "\0\0", "OV", "DS"];

/** One to four changes. */
function change({ bytes, headers }: Seed, random: Random): Uint8Array {
  let changed = bytes.slice();
  for (let changes = 1 + random.below(4); changes > 0 && changed.length > 16; changes--) {
    const at = Math.min(headers.length > 0 ? random.pick(headers) : random.below(changed.length), changed.length - 12);
    const to = Math.min(headers.length > 0 ? random.pick(headers) : random.below(changed.length), changed.length - 12);
    const view = new DataView(changed.buffer, at);
    const little = !random.oneIn(4);
    switch (random.below(9)) {
      case 0:
        view.setUint32(random.pick([4, 8]), random.pick(LENGTHS), little);
        break;
      case 1:
        view.setUint16(6, random.pick(LENGTHS), little);
        break;
      case 2: {
        const tag = random.pick(TAGS);
        view.setUint16(0, tag >>> 16, little);
        view.setUint16(2, tag & 0xffff, little);
        break;
      }
      case 3:
        changed.set(new TextEncoder().encode(random.pick(VRS)), at + 4);
        break;
      case 4: // Something is not there, or is there again elsewhere.
        changed = concat([changed.subarray(0, Math.min(at, to)), changed.subarray(random.oneIn(2) ? at : to)]);
        break;
      case 5:
        changed = changed.slice(0, at + random.below(12));
        break;
      case 6:
        changed = concat([changed.subarray(0, at), random.bytes(1 + random.below(16)), changed.subarray(at)]);
        break;
      case 7:
        changed = concat([changed.subarray(0, at), nest(20 + random.below(20), little), changed.subarray(at)]);
        break;
      default:
        for (let times = 0; times < 4; times++) changed[random.below(changed.length)] = random.below(256);
    }
  }
  return changed;
}

/** Beginnings of sequences within sequences, in Explicit VR. */
function nest(depth: number, little: boolean): Uint8Array {
  const level = new DataView(new ArrayBuffer(20));
  level.setUint16(0, 0x0008, little);
  level.setUint16(2, 0x1140, little);
  level.setUint16(4, 0x5351); // SQ
  level.setUint32(8, 0xffff_ffff, little);
  level.setUint16(12, 0xfffe, little);
  level.setUint16(14, 0xe000, little);
  level.setUint32(16, 0xffff_ffff, little);
  return concat(Array.from({ length: depth }, () => new Uint8Array(level.buffer)));
}

/** The same however it is split, no error but a reader's own, and what was read can be written and read again. */
function checkFile(file: Uint8Array): void {
  const header = own(() => readFileHeader(file, { ended: true }));
  if (header === undefined || "error" in header) return;
  const { transferSyntax, dataSetOffset } = header;
  const bytes = file.subarray(dataSetOffset);
  const deflated = findTransferSyntax(transferSyntax)?.deflated ?? false;
  const whole = scan([bytes], transferSyntax);
  const split = scan(pieces(bytes, 1 + bytes.length % 97, 1 + bytes.length % 7), transferSyntax);
  // How much of a broken deflated data set is told before its error depends on how much of it was there.
  if (deflated && whole.error && split.error) return;
  assert.deepEqual(split, whole);
  if (!deflated && isConvertible(transferSyntax)) checkConversion(bytes, transferSyntax);

  let warnings = 0;
  const onWarning = () => void warnings++;
  const dataSet = own(() => readDataSet(bytes, { transferSyntax, onWarning, ...LIMITS }));
  if ("error" in dataSet) return;
  // What comes later is about text.
  const flawless = warnings === 0;
  readValues(dataSet);
  own(() => pixelFrames(dataSet).map((frame) => frame.length));
  checkModels(dataSet);
  checkListing(dataSet);
  if (flawless && !deflated) checkWriting(dataSet, transferSyntax, bytes);
}

const ENCODINGS = [UID.ImplicitVRLittleEndian, UID.ExplicitVRLittleEndian, UID.ExplicitVRBigEndian];

/** A data set comes out the same however it is split, not much longer than it went in, and can be walked over. */
function checkConversion(bytes: Uint8Array, from: string): void {
  for (const to of ENCODINGS.filter((to) => to !== from)) {
    const whole = converted([bytes], from, to);
    const split = converted(pieces(bytes, 1 + bytes.length % 89, 1 + bytes.length % 5), from, to);
    assert.deepEqual(split, whole);
    if ("error" in whole) continue;
    assert.ok(whole.length <= 3 * bytes.length);
    // A reader of Implicit VR takes UN for a sequence where the dictionary has one, which it need not be.
    if (to === UID.ImplicitVRLittleEndian) continue;
    // The first header must not look like that of another encoding.
    const first = element({ explicit: true, little: to !== UID.ExplicitVRBigEndian }, 0x0008_0016, "UI", "");
    assert.equal(scan([first, whole], to).error, "");
  }
}

function converted(chunks: Iterable<Uint8Array>, from: string, to: string): Uint8Array | { readonly error: string } {
  const converter = new TransferSyntaxConverter(findTransferSyntax(to)!, {
    transferSyntax: from,
    ...LIMITS,
  });
  return own(() => {
    const parts: Uint8Array[] = [];
    for (const chunk of chunks) parts.push(...converter.push(chunk));
    converter.end();
    return concat(parts);
  });
}

/** What `work` gives, or the error that a reader means to throw. */
function own<T>(work: () => T): T | { readonly error: string } {
  try {
    return work();
  } catch (error) {
    if (error instanceof DataSetError || error instanceof LimitError) return { error: error.message };
    throw error;
  }
}

/** All that a scanner tells, as a hash, and the error that it ends with. */
function scan(chunks: Iterable<Uint8Array>, transferSyntax: string): { steps: number; hash: number; error: string } {
  const scanner = new ElementScanner({ transferSyntax, ...LIMITS, maxValueLength: 64 * 1024 });
  let hash = 0;
  let steps = 0;
  const mix = (number: number) => hash = Math.imul(hash ^ number, 0x0100_0193) >>> 0;
  const { element } = scanner;
  const outcome = own(() => {
    for (const chunk of chunks) {
      scanner.push(chunk);
      for (let event; (event = scanner.next()) !== undefined; steps++) {
        mix(event.length);
        if (event === "value") { for (const byte of scanner.value) mix(byte); }
        if (event.endsWith("-end") || event === "value") continue;
        mix(element.tag);
        mix(element.length);
        mix(element.offset);
        if ((event === "element" || event === "fragment") && element.length <= 64 * 1024) scanner.takeValue();
      }
    }
    scanner.end();
    return { error: "" };
  });
  return { steps, hash, ...outcome };
}

/** Every value as its VR has it. */
function readValues(dataSet: DataSet): void {
  for (const element of dataSet) {
    if (element.kind === "sequence") element.items.forEach(readValues);
    else own(() => dataSet.getAll(element.tag));
  }
}

/** XML has no character that it must not have; what JSON says can be read; once it is in UTF-8, it says the same again. */
function checkModels(dataSet: DataSet): void {
  const xml = own(() => toXml(dataSet));
  // deno-lint-ignore no-control-regex -- XML has none of them
  if (typeof xml === "string") assert.doesNotMatch(xml, /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/);
  const json = own(() => toJson(dataSet));
  if ("error" in json) return;
  const read = own(() => fromJson(JSON.parse(formatJson(json)), { onWarning: () => {} }));
  if ("error" in read) return;
  checkDecimalStrings(read);
  const text = formatJson(toJson(read));
  assert.equal(formatJson(toJson(fromJson(JSON.parse(text)))), text);
}

/** PS3.5 6.2: a DS has at most 16 characters. */
function checkDecimalStrings(dataSet: DataSet): void {
  for (const element of dataSet) {
    if (element.kind === "sequence") element.items.forEach(checkDecimalStrings);
    else if (element.vr === "DS") assert.ok(dataSet.getTexts(element.tag).every(({ length }) => length <= 16));
  }
}

/** A listing never does more to a terminal than to show itself. */
function checkListing(dataSet: DataSet): void {
  for (const line of listDataSet(dataSet, { output: capture(), full: false })) {
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]/);
  }
}

function checkWriting(dataSet: DataSet, transferSyntax: string, bytes: Uint8Array): void {
  const written = own(() => writeDataSet(dataSet, { transferSyntax, form: "original" }));
  if ("error" in written) return;
  // The first header shows the encoding; where sorting has put another in front, it may show another.
  if (written.some((byte, index) => index < 8 && byte !== bytes[index])) return;
  const again = readDataSet(written, { transferSyntax });
  assert.deepEqual(writeDataSet(again, { transferSyntax, form: "original" }), written);
}
