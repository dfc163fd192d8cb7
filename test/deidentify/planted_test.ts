/**
 * What was planted is gone, whatever the character set, the transfer syntax and the depth; what is to be kept is there.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { streamFile } from "../../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { createDeidentifier, deidentifyInstance } from "../../src/deidentify/deidentifier.ts";
import { Random } from "../support/random.ts";
import { ACTIONS, keptBy, keywordByTag, MarksIn, plantedFile, Planter, wrongIn } from "./planting.ts";

const KEY = new TextEncoder().encode("a key for tests alone");

/** Character sets, with letters that they have. */
const CHARACTER_SETS: readonly (readonly [terms: string[], letters: string])[] = [
  [[], ""],
  [["ISO_IR 100"], "Äß"],
  [["ISO_IR 101"], "Łő"],
  [["ISO_IR 109"], "Ħĉ"],
  [["ISO_IR 110"], "Āķ"],
  [["ISO_IR 144"], "Люк"],
  [["ISO_IR 127"], "قبا"],
  [["ISO_IR 126"], "Δο"],
  [["ISO_IR 138"], "שר"],
  [["ISO_IR 148"], "Çğ"],
  [["ISO_IR 203"], "Šœ"],
  [["ISO_IR 13"], "ﾔﾏ"],
  [["ISO_IR 166"], "นา"],
  [["ISO_IR 192"], "Ä山"],
  [["GB18030"], "王"],
  [["GBK"], "王"],
  [["", "ISO 2022 IR 100"], "Äß"],
  [["ISO 2022 IR 13", "ISO 2022 IR 87"], "ﾔ山"],
  [["", "ISO 2022 IR 159"], "鷗"],
  [["", "ISO 2022 IR 58"], "张"],
  [["", "ISO 2022 IR 87"], "山"],
  [["", "ISO 2022 IR 149"], "김"],
];

const TRANSFER_SYNTAXES = [
  UID.ExplicitVRLittleEndian,
  UID.ImplicitVRLittleEndian,
  UID.ExplicitVRBigEndian,
  UID.DeflatedExplicitVRLittleEndian,
];

const bytewise = new TextDecoder("latin1");

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

/** All bytes of a file, inflated where they are deflated, as characters. */
async function textOf(file: Uint8Array<ArrayBuffer>, transferSyntax: string): Promise<string> {
  const whole = bytewise.decode(file);
  if (transferSyntax !== UID.DeflatedExplicitVRLittleEndian) return whole;
  const read = readFile(file);
  return whole + bytewise.decode(await bytesOf(streamFile(read, { transferSyntax: UID.ExplicitVRLittleEndian })));
}

for (const [index, [terms, letters]] of CHARACTER_SETS.entries()) {
  const transferSyntax = TRANSFER_SYNTAXES[index % TRANSFER_SYNTAXES.length]!;
  Deno.test(`nothing that was planted survives, and what is kept does: ${terms.join("\\") || "ISO 646"}, seed ${index}`, async () => {
    const planter = new Planter(new Random(index), letters);
    const file = await plantedFile(planter, terms, transferSyntax);
    const deidentifier = createDeidentifier({ key: KEY });
    const instance = await deidentifyInstance(new Blob([file]).stream(), deidentifier);
    const output = await bytesOf(instance.stream());
    const [before, after] = [await textOf(file, transferSyntax), await textOf(output, transferSyntax)].map((text) =>
      new MarksIn(text)
    );
    const missing = planter.planted.filter((planted) => !before!.has(planted)).map(({ mark }) => mark);
    assert.deepEqual({ missing, ...wrongIn(planter.planted, after!) }, { missing: [], survivors: [], lost: [] });
    const checked = planter.planted.length;
    assert.ok(checked > 3000, `${checked} were planted`);
    assert.ok([1, 2, 3].every((depth) => planter.planted.some((planted) => planted.depth === depth)));
    assert.deepEqual([...readFile(output).dataSet.element(0x7fe0_0010)!.kind], [..."value"]);
  });
}

Deno.test("every action of the table is tried by what is planted", () => {
  const planter = new Planter(new Random(1), "");
  planter.fill(new DataSet());
  const tried = new Set(planter.planted.map(({ tag }) => ACTIONS.get(tag)));
  for (const action of new Set(ACTIONS.values())) {
    // Those with U* are sequences, which hold no marks of their own.
    if (action !== "X/Z/U*") assert.ok(tried.has(action), action);
  }
});

Deno.test("what the options keep survives, and no more of what the table names does", async () => {
  const planter = new Planter(new Random(9), "");
  const file = await plantedFile(planter, [], UID.ExplicitVRLittleEndian);
  const options = [
    "retain-full-dates",
    "retain-device",
    "retain-institution",
    "retain-patient-characteristics",
    "retain-uids",
  ];
  const instance = await deidentifyInstance(new Blob([file]).stream(), createDeidentifier({ key: KEY, options }));
  const after = new MarksIn(bytewise.decode(await bytesOf(instance.stream())));
  const kept = keptBy("fvipu");
  const [lost, survivors]: string[][] = [[], []];
  for (const planted of planter.planted) {
    if (planted.depth > 0 || !ACTIONS.has(planted.tag)) continue;
    const found = after.has(planted, !kept.has(planted.tag));
    const name = keywordByTag.get(planted.tag)!;
    if (kept.has(planted.tag) && !found) lost!.push(name);
    if (!kept.has(planted.tag) && found) survivors!.push(name);
  }
  assert.deepEqual({ lost, survivors }, { lost: [], survivors: [] });
  assert.ok(kept.size > 250, String(kept.size));
});
