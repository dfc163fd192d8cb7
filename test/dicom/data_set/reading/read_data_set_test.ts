import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { strayBytesOf } from "../../../../src/dicom/data_set/as_read.ts";
import type { DataSet } from "../../../../src/dicom/data_set/data_set.ts";
import { DataSetReader, type DataSetReaderOptions } from "../../../../src/dicom/data_set/reading/data_set_reader.ts";
import { readDataSet, readDataSetFrom, readElements } from "../../../../src/dicom/data_set/reading/read_data_set.ts";
import * as UID from "../../../../src/dicom/generated/uid.ts";
import { DataSetError, LimitError } from "../../../../src/errors.ts";
import {
  BIG_ENDIAN,
  bytesOf,
  element,
  EXPLICIT,
  header,
  hex,
  IMPLICIT,
  item,
  sequence,
  type Syntax,
  UNDEFINED,
} from "../../encoding/elements.ts";
import { pieces } from "../../encoding/scanning.ts";
import { outline } from "../outline.ts";

const transferSyntax = UID.ExplicitVRLittleEndian;

function warningsOf(bytes: Uint8Array, options: DataSetReaderOptions = {}): { dataSet: DataSet; warnings: string[] } {
  const warnings: string[] = [];
  const dataSet = readDataSet(bytes, { ...options, onWarning: ({ message }) => warnings.push(message) });
  return { dataSet, warnings };
}

/** All kinds of elements: nested sequences, encapsulated Pixel Data, private and empty ones. */
function everything(syntax: Syntax): Uint8Array<ArrayBuffer> {
  const code = element(syntax, 0x0008_0100, "SH", "T-1000");
  const inner = sequence(
    syntax,
    0x0008_2218,
    [item(syntax, code, "defined"), item(syntax, code, "undefined")],
    "defined",
  );
  return bytesOf(
    element(syntax, 0x0008_0005, "CS", "ISO_IR 100"),
    element(syntax, 0x0008_0018, "UI", "1.2.3\0"),
    sequence(syntax, 0x0008_1115, [item(syntax, bytesOf(code, inner), "undefined")], "undefined"),
    element(syntax, 0x0009_0010, "LO", "GANTRY TEST "),
    element(syntax, 0x0009_1001, "UN", [1, 2]),
    element(syntax, 0x0010_0010, "PN", [0x4d, 0xfc]),
    element(syntax, 0x0010_0020, "LO", ""),
    header(syntax, 0x7fe0_0010, "OB", UNDEFINED),
    header(syntax, 0xfffe_e000, "", 0),
    header(syntax, 0xfffe_e000, "", 4),
    [1, 2, 3, 4],
    header(syntax, 0xfffe_e0dd, "", 0),
  );
}

const SYNTAXES: readonly (readonly [Syntax, string])[] = [
  [IMPLICIT, UID.ImplicitVRLittleEndian],
  [EXPLICIT, UID.ExplicitVRLittleEndian],
  [BIG_ENDIAN, UID.ExplicitVRBigEndian],
];

Deno.test("readDataSet() reads every kind of element", () => {
  for (const [syntax, transferSyntax] of SYNTAXES) {
    const dataSet = readDataSet(everything(syntax), { transferSyntax });
    assert.equal(dataSet.get("ReferencedSeriesSequence[0].AnatomicRegionSequence[1].CodeValue"), "T-1000");
    assert.equal(dataSet.getText("PatientName"), "Mü");
    assert.deepEqual(dataSet.private("GANTRY TEST", 0x0009).get(0x01), Uint8Array.of(1, 2));
    const pixelData = dataSet.element("PixelData");
    assert.ok(pixelData?.kind === "encapsulated");
    assert.deepEqual(pixelData.fragments, [new Uint8Array(0), Uint8Array.of(1, 2, 3, 4)]);
    assert.throws(() => dataSet.get("PixelData"), /it is encapsulated, expected a call of pixelFrames\(\)/);
  }
});

Deno.test("DataSetReader reads the same in any split, deflated too", () => {
  for (const [syntax, transferSyntax] of SYNTAXES) {
    const bytes = everything(syntax);
    const whole = outline(readDataSet(bytes, { transferSyntax }));
    const read = (sizes: number[], bytes: Uint8Array, transferSyntax: string) => {
      const reader = new DataSetReader({ transferSyntax });
      for (const piece of pieces(bytes, ...sizes)) reader.push(piece);
      reader.end();
      return outline(reader.dataSet);
    };
    for (const size of [1, 2, 3, 7, 11, 64]) assert.deepEqual(read([size], bytes, transferSyntax), whole);
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 });
    fc.assert(fc.property(sizes, (sizes) => assert.deepEqual(read(sizes, bytes, transferSyntax), whole)), { seed: 42 });
    if (syntax === EXPLICIT) {
      const deflated = deflateRawSync(bytes);
      for (const size of [1, 5, 1000]) {
        assert.deepEqual(read([size], deflated, UID.DeflatedExplicitVRLittleEndian), whole);
      }
    }
  }
});

Deno.test("readDataSet() takes bytes that end early only within 8 bytes of an element, and never reads another value", () => {
  for (const [syntax, transferSyntax] of SYNTAXES) {
    const bytes = everything(syntax);
    const whole = outline(readDataSet(bytes, { transferSyntax }));
    let complete = 0;
    for (let length = 0; length < bytes.length; length++) {
      const reader = new DataSetReader({ transferSyntax });
      reader.push(bytes.subarray(0, length));
      try {
        reader.end();
        assert.deepEqual(outline(reader.dataSet), whole.slice(0, outline(reader.dataSet).length));
        const stray = strayBytesOf(reader.dataSet);
        assert.ok(stray === undefined || (stray.zeros + stray.rest.length < 8 && reader.dataSet.size > 0));
        if (stray === undefined) complete++;
      } catch (error) {
        assert.ok(error instanceof DataSetError, String(error));
      }
    }
    assert.equal(complete, 8);
  }
});

Deno.test("DataSetReader shows after an error what came before it", () => {
  const bytes = everything(EXPLICIT);
  const reader = new DataSetReader({ transferSyntax });
  reader.push(bytes.subarray(0, bytes.length - 9));
  assert.throws(() => reader.end(), DataSetError);
  assert.equal(reader.dataSet.getText("PatientName"), "Mü");
  assert.ok(reader.dataSet.has("PixelData"));
});

Deno.test("readDataSet() doesn't copy values", () => {
  const bytes = bytesOf(element(EXPLICIT, 0x7fe0_0010, "OW", new Uint8Array(1000)));
  const pixelData = readDataSet(bytes).element("PixelData");
  assert.ok(pixelData?.kind === "value");
  assert.equal(pixelData.bytes.buffer, bytes.buffer);
});

Deno.test("readDataSet() stops before a tag at the top level", () => {
  const options = { transferSyntax, stopAt: 0x0010_0000 };
  const dataSet = readDataSet(bytesOf(everything(EXPLICIT), "what comes then isn't looked at"), options);
  assert.ok(dataSet.has(0x0009_1001) && !dataSet.has("PatientName"));
  assert.ok(dataSet.has("ReferencedSeriesSequence[0].CodeValue"));
});

Deno.test("readElements() gives the elements of the top level as they come", async () => {
  const bytes = everything(EXPLICIT);
  const seen: string[] = [];
  for await (const { element, dataSet } of readElements(ReadableStream.from(pieces(bytes, 5)), { transferSyntax })) {
    seen.push(`${element.kind} ${element.tag.toString(16)}`);
    if (element.tag === 0x0010_0010) assert.equal(dataSet.getText(element.tag), "Mü");
    if (element.kind === "sequence") assert.equal(element.items[0]?.size, 2);
  }
  assert.deepEqual(seen, [
    "value 80005",
    "value 80018",
    "sequence 81115",
    "value 90010",
    "value 91001",
    "value 100010",
    "value 100020",
    "encapsulated 7fe00010",
  ]);
});

Deno.test("readElements() gives what came before a fault, then the fault", async () => {
  const bytes = bytesOf(element(EXPLICIT, 0x0010_0010, "PN", "AB"), header(EXPLICIT, 0xfffe_e000, "", 0));
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const { element } of readElements(ReadableStream.from([bytes]))) seen.push(element.tag);
  }, DataSetError);
  assert.deepEqual(seen, [0x0010_0010]);
});

Deno.test("readDataSetFrom() leaves long values where they are, when it is told how", async () => {
  const bytes = bytesOf(
    element(EXPLICIT, 0x0010_0010, "PN", "AB"),
    element(EXPLICIT, 0x0028_1201, "OW", new Uint8Array(100)),
    everything(EXPLICIT).subarray(-40),
  );
  const asked: [number, number][] = [];
  const reference = (offset: number, length: number) => {
    asked.push([offset, length]);
    return { length, stream: () => new Blob([bytes.slice(offset, offset + length)]).stream() };
  };
  const dataSet = await readDataSetFrom(ReadableStream.from(pieces(bytes, 9)), { reference, referenceAbove: 50 });
  assert.deepEqual(asked, [[22, 100], [bytes.length - 12, 4]]);
  const table = dataSet.element("RedPaletteColorLookupTableData");
  assert.ok(table?.kind === "referenced");
  assert.equal((await new Response(table.reference.stream()).bytes()).length, 100);
  assert.throws(() => dataSet.get("RedPaletteColorLookupTableData"), /its 100 bytes were left in their source/);
  const pixelData = dataSet.element("PixelData");
  assert.ok(pixelData?.kind === "encapsulated" && pixelData.fragments.length === 2);
});

Deno.test("readDataSet() gives UN the VR of the dictionary, and leaves it when it is told to", () => {
  const items = sequence(
    IMPLICIT,
    0x0008_1115,
    [item(IMPLICIT, element(IMPLICIT, 0x0020_000e, "", "1.2"), "defined")],
    "defined",
  );
  for (const syntax of [EXPLICIT, BIG_ENDIAN]) {
    const bytes = bytesOf(
      element(syntax, 0x0008_1115, "UN", items.subarray(8)),
      element(syntax, 0x0009_1001, "UN", [1, 2]),
      element(syntax, 0x0010_0010, "UN", "AB"),
      element(syntax, 0x0028_0010, "UN", [0, 2]),
      element(syntax, 0x0028_0011, "ZZ", syntax.little ? [0, 2] : [2, 0]).subarray(0),
    );
    // ZZ is no VR, so that its length has 32 bits (PS3.5 6.2).
    const letters = bytesOf(
      bytes.subarray(0, -10),
      header(syntax, 0x0028_0011, "UT", 2),
      syntax.little ? [0, 2] : [2, 0],
    );
    letters.set([0x5a, 0x5a], letters.length - 10);
    const options = { transferSyntax: syntax.little ? transferSyntax : UID.ExplicitVRBigEndian };
    const dataSet = readDataSet(letters, options);
    assert.deepEqual(Array.from(dataSet, ({ vr }) => vr), ["SQ", "UN", "PN", "US", "US"]);
    assert.equal(dataSet.get("ReferencedSeriesSequence[0].SeriesInstanceUID"), "1.2");
    assert.deepEqual([dataSet.get("Rows"), dataSet.get("Columns")], [512, 512]);
    const raw = readDataSet(letters, { ...options, resolveUnknown: false });
    assert.deepEqual(Array.from(raw, ({ vr }) => vr), ["UN", "UN", "UN", "UN", "UN"]);
  }
});

Deno.test("readDataSet() keeps UN whose value is no sequence, with a warning", () => {
  const { dataSet, warnings } = warningsOf(element(EXPLICIT, 0x0008_1115, "UN", [1, 2, 3, 4]));
  assert.equal(dataSet.element("ReferencedSeriesSequence")?.vr, "UN");
  assert.match(
    warnings.join(),
    /ReferencedSeriesSequence \(0008,1115\) at offset 0: it is encoded as UN and is no sequence/,
  );
});

Deno.test("readDataSet() tells where in the whole a fault inside UN is", () => {
  const before = element(EXPLICIT, 0x0008_0018, "UI", "1.2.3\0");
  const inside = bytesOf(element(IMPLICIT, 0x0008_0100, "", "A"), element(IMPLICIT, 0x0008_0104, "", "ABC"));
  const unknown = element(EXPLICIT, 0x0008_1115, "UN", item(IMPLICIT, inside, "defined"));
  const bytes = bytesOf(before, unknown);
  const at = bytes.length - 8 - 3;
  for (const chunks of [[bytes], pieces(bytes, 7, 3)]) {
    const warnings: DataSetError[] = [];
    const reader = new DataSetReader({ transferSyntax, onWarning: (warning) => warnings.push(warning) });
    for (const chunk of chunks) reader.push(chunk);
    reader.end();
    assert.deepEqual(warnings.map(({ offset }) => offset), [at - 8 - 1, at]);
    assert.match(
      warnings[1]!.message,
      new RegExp(`CodeMeaning \\(0008,0104\\) at offset ${at}: it has an odd length, 3`),
    );
  }
});

Deno.test("readDataSet() names the whole path to a fault inside UN inside an item", () => {
  const inside = item(IMPLICIT, element(IMPLICIT, 0x0008_0104, "", "ABC"), "defined");
  const unknown = element(EXPLICIT, 0x0008_1199, "UN", inside);
  const bytes = sequence(EXPLICIT, 0x0008_1115, [item(EXPLICIT, unknown, "defined")], "undefined");
  const paths: (string | undefined)[] = [];
  readDataSet(bytes, { transferSyntax, onWarning: ({ path }) => paths.push(path) });
  assert.deepEqual(
    new Set(paths),
    new Set([
      "ReferencedSeriesSequence[0].ReferencedSOPSequence",
      "ReferencedSeriesSequence[0].ReferencedSOPSequence[0].CodeMeaning",
    ]),
  );
});

Deno.test("readDataSet() reads UN of undefined length as an implicit sequence (CP-246)", () => {
  for (const syntax of [EXPLICIT, BIG_ENDIAN]) {
    const inside = item(IMPLICIT, element(IMPLICIT, 0x0020_000e, "", "1.2"), "undefined");
    const bytes = bytesOf(
      header(syntax, 0x0009_1001, "UN", UNDEFINED),
      inside,
      header(IMPLICIT, 0xfffe_e0dd, "", 0),
      element(syntax, 0x0010_0010, "PN", "AB"),
    );
    const dataSet = readDataSet(bytes, { transferSyntax: syntax.little ? transferSyntax : UID.ExplicitVRBigEndian });
    assert.equal(dataSet.get("(0009,1001)[0].SeriesInstanceUID"), "1.2");
    assert.equal(dataSet.getText("PatientName"), "AB");
  }
});

Deno.test("readDataSet() takes US for SS where pixels are signed, before and behind Pixel Representation", () => {
  const value = [0xff, 0xff];
  const lut = sequence(
    IMPLICIT,
    0x0028_3000,
    [item(IMPLICIT, element(IMPLICIT, 0x0028_3002, "", [...value, 0, 0, 16, 0]), "defined")],
    "defined",
  );
  const early = sequence(
    IMPLICIT,
    0x0008_1140,
    [item(IMPLICIT, element(IMPLICIT, 0x0028_0106, "", value), "defined")],
    "defined",
  );
  const vrs = (representation: number[]) => {
    const pixels = representation.length === 0 ? [] : element(IMPLICIT, 0x0028_0103, "", representation);
    const bytes = bytesOf(early, pixels, element(IMPLICIT, 0x0028_0106, "", value), lut);
    const dataSet = readDataSet(bytes, { transferSyntax: UID.ImplicitVRLittleEndian });
    return [
      dataSet.element("ReferencedImageSequence[0].SmallestImagePixelValue")?.vr,
      dataSet.get("SmallestImagePixelValue"),
      dataSet.element("ModalityLUTSequence[0].LUTDescriptor")?.vr,
    ];
  };
  assert.deepEqual(vrs([1, 0]), ["SS", -1, "SS"]);
  assert.deepEqual(vrs([0, 0]), ["US", 65_535, "US"]);
  assert.deepEqual(vrs([]), ["US", 65_535, "US"]);
  assert.deepEqual(vrs([1, 0, 0]), ["US", 65_535, "US"]);
});

Deno.test("readDataSet() reads repeating groups and group lengths", () => {
  const bytes = bytesOf(
    element(IMPLICIT, 0x0010_0000, "UL", [10, 0, 0, 0]),
    element(IMPLICIT, 0x6002_0010, "US", [1, 0]),
    element(IMPLICIT, 0x6002_3000, "OW", [1, 2]),
  );
  const dataSet = readDataSet(bytes, { transferSyntax: UID.ImplicitVRLittleEndian });
  assert.deepEqual([dataSet.get(0x0010_0000), dataSet.get(0x6002_0010)], [10, 1]);
  assert.equal(dataSet.element(0x6002_3000)?.vr, "OW");
});

Deno.test("readDataSet() warns of odd lengths and of what is there twice", () => {
  const bytes = bytesOf(
    element(EXPLICIT, 0x0010_0010, "PN", "Odd"),
    element(EXPLICIT, 0x0010_0020, "LO", "first "),
    element(EXPLICIT, 0x0010_0020, "LO", "second"),
    sequence(EXPLICIT, 0x0010_0020, [], "undefined"),
    header(EXPLICIT, 0x0010_0020, "OB", UNDEFINED),
    header(EXPLICIT, 0xfffe_e0dd, "", 0),
    element(EXPLICIT, 0x0008_0060, "CS", "CT"),
  );
  const { dataSet, warnings } = warningsOf(bytes);
  assert.deepEqual([dataSet.getText("PatientName"), dataSet.get("PatientID"), dataSet.get("Modality")], [
    "Odd",
    "first",
    "CT",
  ]);
  assert.match(warnings[0]!, /PatientName \(0010,0010\) at offset 0: it has an odd length, 3/);
  assert.equal(
    warnings.filter((warning) => /PatientID .* it occurs twice; the first one counts/.test(warning)).length,
    3,
  );
});

Deno.test("readDataSet() holds to its limits", () => {
  const one = element(EXPLICIT, 0x0010_0010, "PN", "ABCD");
  const limited = (limit: string, options: DataSetReaderOptions, bytes: Uint8Array) =>
    assert.throws(() => readDataSet(bytes, options), (error) => error instanceof LimitError && error.limit === limit);
  limited("maxLength", { maxLength: one.length - 1 }, one);
  limited("maxValueLength", { maxValueLength: 3 }, one);
  assert.doesNotThrow(() => readDataSet(one, { maxValueLength: 4, maxElements: 1 }));
  limited("maxElements", { maxElements: 1 }, bytesOf(one, element(EXPLICIT, 0x0010_0020, "LO", "")));
  const empty = item(EXPLICIT, new Uint8Array(0), "defined");
  limited("maxElements", { maxElements: 3 }, sequence(EXPLICIT, 0x0008_1115, [empty, empty, empty], "defined"));
  const nest = (syntax: Syntax, depth: number): Uint8Array =>
    depth === 0
      ? new Uint8Array(0)
      : sequence(syntax, 0x0040_a730, [item(syntax, nest(syntax, depth - 1), "undefined")], "undefined");
  limited("maxDepth", {}, nest(EXPLICIT, 65));
  assert.doesNotThrow(() => readDataSet(nest(EXPLICIT, 64)));
  const unknown = (depth: number) =>
    element(EXPLICIT, 0x0040_a730, "UN", item(IMPLICIT, nest(IMPLICIT, depth), "defined"));
  assert.doesNotThrow(() => readDataSet(unknown(63)));
  limited("maxDepth", {}, unknown(64));
  const deflated = deflateRawSync(element(EXPLICIT, 0x7fe0_0010, "OB", new Uint8Array(10_000)));
  const options = { transferSyntax: UID.DeflatedExplicitVRLittleEndian, maxInflatedLength: 9_000 };
  limited("maxInflatedLength", options, deflated);
});

Deno.test("DataSetReader refuses a value that claims to be too long before it comes", () => {
  const long = header(EXPLICIT, 0x7fe0_0010, "OB", 0x1000_0001);
  const reader = new DataSetReader({ transferSyntax });
  assert.throws(() => reader.push(long), { name: "LimitError", limit: "maxValueLength" });
});

Deno.test("readDataSet() says where a fault is", () => {
  const inner = hex("2000 0e00 5549 0c00 312e32"); // (0020,000E) UI, 12 bytes, of which 3 are there
  const bytes = bytesOf(
    header(EXPLICIT, 0x0008_1115, "SQ", UNDEFINED),
    header(EXPLICIT, 0xfffe_e000, "", UNDEFINED),
    inner,
  );
  assert.throws(() => readDataSet(bytes, { transferSyntax }), {
    name: "DataSetError",
    tag: 0x0020_000e,
    keyword: "SeriesInstanceUID",
    path: "ReferencedSeriesSequence[0].SeriesInstanceUID",
    offset: 20,
    expected: "12 bytes",
  });
});

Deno.test("readDataSet() neither hangs nor throws anything else on changed bytes", () => {
  for (const [syntax, transferSyntax] of SYNTAXES) {
    const base = everything(syntax);
    const changes = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, (changes) => {
        const bytes = base.slice();
        for (const [index, byte] of changes) bytes[index] = byte;
        try {
          outline(readDataSet(bytes, { transferSyntax }));
        } catch (error) {
          assert.ok(error instanceof DataSetError || error instanceof LimitError, String(error));
        }
      }),
      { seed: 42, numRuns: 1000 },
    );
  }
});
