import assert from "node:assert/strict";
import fc from "fast-check";
import { ReferencedElement, SequenceElement, ValueElement } from "../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { VRS } from "../../src/dicom/vr.ts";
import { IdentifierError } from "../../src/query/identifier_error.ts";
import { compileQuery } from "../../src/query/compile.ts";
import type { Dialect } from "../../src/query/dialect.ts";
import type { EntityLevel } from "../../src/query/levels.ts";
import { createQuery } from "../../src/query/query.ts";
import { type Attributes, dataSetOf } from "./data_sets.ts";
import { MATCHING_CASES } from "./matching_cases.ts";
import { STRICT_DIALECT } from "./strict_dialect.ts";

function compile(keys: Attributes | DataSet, level: EntityLevel = "STUDY", dialect: Partial<Dialect> = {}) {
  const dataSet = keys instanceof DataSet ? keys : dataSetOf(keys);
  return compileQuery(createQuery({ level, keys: dataSet, dialect }));
}

/** The Error Comment that refuses a query. */
function refusal(keys: Attributes | DataSet, level?: EntityLevel, dialect?: Partial<Dialect>): string | undefined {
  try {
    compile(keys, level, dialect);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof IdentifierError, String(error));
    return error.comment;
  }
}

Deno.test("compileQuery() refuses values that break their VR, and names the key and no value", () => {
  const cases: [Attributes, string, EntityLevel?][] = [
    [{ StudyDate: "yesterday" }, "StudyDate (0008,0020): not DA"],
    [{ StudyDate: "2025-13-01" }, "StudyDate (0008,0020): not DA"],
    [{ StudyDate: "-" }, "StudyDate (0008,0020): not DA"],
    [{ StudyTime: "25" }, "StudyTime (0008,0030): not TM"],
    [{ StudyTime: "20250131103000" }, "StudyTime (0008,0030): not TM"],
    [{ AcquisitionDateTime: "now" }, "AcquisitionDateTime (0008,002A): not DT", "IMAGE"],
    [{ SeriesNumber: "1*" }, "SeriesNumber (0020,0011): not IS", "SERIES"],
    [{ PatientWeight: "heavy" }, "PatientWeight (0010,1030): not DS"],
    [{ "ProcedureCodeSequence UN": "text" }, "ProcedureCodeSequence (0008,1032): not SQ"],
    [{ ProcedureCodeSequence: [{ "ContextGroupVersion": "x" }] }, "ContextGroupVersion (0008,0106): not DT"],
  ];
  for (const [keys, comment, level] of cases) assert.equal(refusal(keys, level), comment);
  const odd = new DataSet().setElement(new ValueElement(0x0028_0010, "US", Uint8Array.of(1, 2, 3)));
  assert.equal(refusal(odd, "IMAGE"), "Rows (0028,0010): not US");
  assert.throws(() => compile({ StudyDate: "Smith" }), (error) => !Deno.inspect(error).includes(`"Smith"`));
});

Deno.test("compileQuery() in strict refuses what the permissive dialect reads as what it means", () => {
  const cases: [Attributes, string][] = [
    [{ StudyDate: "2025-01-31" }, "StudyDate (0008,0020): not DA"],
    [{ StudyDate: "*" }, "StudyDate (0008,0020): not DA"],
    [{ StudyInstanceUID: "*" }, "StudyInstanceUID (0020,000D): not UI"],
    [{ StudyInstanceUID: "1.2.*" }, "StudyInstanceUID (0020,000D): not UI"],
    [{ TimezoneOffsetFromUTC: "EST" }, "TimezoneOffsetFromUTC (0008,0201): not &ZZXX"],
    [
      { ProcedureCodeSequence: [{ CodeValue: "1" }, { CodeValue: "2" }] },
      "ProcedureCodeSequence (0008,1032): more than one item",
    ],
  ];
  for (const [keys, comment] of cases) {
    assert.equal(refusal(keys, "STUDY", STRICT_DIALECT), comment);
    assert.equal(refusal(keys), undefined);
  }
  assert.equal(refusal({ PatientName: "*", PatientID: "P*" }, "STUDY", STRICT_DIALECT), undefined);
});

Deno.test("compileQuery() warns of what it reads as what it means", () => {
  const { criteria: { warnings } } = compile({
    StudyDate: "2025-01-31",
    StudyTime: "2300-0100",
    TimezoneOffsetFromUTC: "EST",
  });
  assert.deepEqual(warnings.map(({ tag }) => tag), [0x0008_0201, 0x0008_0020, 0x0008_0030]);
  for (const { message } of warnings) assert.doesNotMatch(message, /2025|2300|EST/);
});

Deno.test("compileQuery() warns a bounded number of times", () => {
  const backwards = Array.from({ length: 1000 }, () => "20250201-20250101").join("\\");
  assert.equal(compile({ StudyDate: backwards }).criteria.warnings.length, 100);
});

Deno.test("compileQuery() lists the keys that it does not match: those below the level, and those of bytes", () => {
  const image = compile(dataSetOf({ EncapsulatedDocument: [1, 2] }), "IMAGE");
  assert.deepEqual(image.criteria.unmatched, [{ tag: 0x0042_0011, reason: "not-matchable" }]);
  const keys = {
    SeriesDescription: "HEAD",
    StationName: "",
    RequestAttributesSequence: [{ RequestedProcedureID: "1" }],
  };
  const study = compile({ ...keys, ProtocolName: "*", PerformedProtocolCodeSequence: [{ CodeValue: "" }] });
  assert.deepEqual(study.criteria.unmatched.map(({ tag, reason }) => [tag, reason]), [
    [0x0008_103e, "below-level"],
    [0x0040_0275, "below-level"],
  ]);
});

Deno.test("an entity that a query means is meant by its own answer", () => {
  let tried = 0;
  for (const row of MATCHING_CASES) {
    if (!row.matches || row.stored.length > 1) continue;
    const { level, matching = {}, dialect = {} } = row;
    const stored = dataSetOf(row.stored[0]!);
    const { matches, answer } = compileQuery(createQuery({ level, keys: dataSetOf(row.keys), matching, dialect }));
    // What is computed isn't there, and the time zone of a date comes only where it is asked for.
    if (!matches(stored) || stored.has("TimezoneOffsetFromUTC")) continue;
    assert.ok(matches(answer(stored)), row.name);
    tried++;
  }
  assert.ok(tried > 200, String(tried));
});

Deno.test("a million UIDs are a set", () => {
  const uids = Array.from({ length: 1_000_000 }, (_, index) => `1.2.840.${index}`);
  const { matches } = compile({ StudyInstanceUID: uids.join("\\") });
  assert.ok(matches(dataSetOf({ StudyInstanceUID: "1.2.840.999999" })));
  const stored = Array.from({ length: 10_000 }, (_, index) => dataSetOf({ StudyInstanceUID: `1.2.841.${index}` }));
  const start = performance.now();
  assert.ok(!stored.some(matches));
  // One look at each of the million for each of them would take minutes.
  assert.ok(performance.now() - start < 5000);
});

Deno.test("compileQuery() refuses more keys, items, patterns, depth and length than are of any use", () => {
  const values = (count: number, text: string) => Array.from({ length: count }, () => text).join("\\");
  assert.match(refusal({ PatientID: values(1001, "P*") }) ?? "", /too many values/);
  assert.match(refusal({ PatientName: values(1001, "A") }) ?? "", /too many values/);
  assert.match(refusal({ StudyDate: values(1001, "20250131") }) ?? "", /too many values/);
  assert.equal(refusal({ PatientID: values(100_000, "P1") }), undefined);
  assert.match(refusal({ PatientID: "*".repeat(10_000_000) + "a" }) ?? "", /too long/);
  assert.match(refusal({ PatientName: "a".repeat(1025) }) ?? "", /too long/);
  const items = (count: number) => Array.from({ length: count }, () => ({ CodeValue: "1" }));
  assert.match(refusal({ ProcedureCodeSequence: items(65) }) ?? "", /too many items/);
  let deep: Attributes = { CodeValue: "1" };
  for (let depth = 0; depth < 17; depth++) deep = { ProcedureCodeSequence: [deep] };
  assert.match(refusal(deep) ?? "", /too deep/);
  const many = new DataSet();
  for (let element = 0; element < 10_000; element++) {
    many.setElement(new ValueElement(0x0041_1000 + element, "LO", new Uint8Array(0)));
  }
  assert.match(refusal(many) ?? "", /More than 8192 keys/);
});

const anyElement = fc.record({
  tag: fc.constantFrom(
    0x0008_0005,
    0x0008_0020,
    0x0008_0030,
    0x0008_0201,
    0x0008_1032,
    0x0010_0010,
    0x0010_0020,
    0x0020_000d,
    0x0009_0010,
    0x0009_1001,
    0x0010_1030,
    0x0010_4000,
  ),
  vr: fc.constantFrom(...VRS.filter((vr) => vr !== "SQ")),
  bytes: fc.uint8Array({ maxLength: 24 }),
  referenced: fc.boolean(),
});

/** A data set of elements that may be anything. */
const anything: fc.Arbitrary<DataSet> = fc.tuple(fc.array(anyElement), fc.array(anyElement)).map(
  ([elements, inner]) => {
    const put = (dataSet: DataSet, all: typeof elements) => {
      for (const { tag, vr, bytes, referenced } of all) {
        const reference = { length: bytes.length, stream: () => new ReadableStream<Uint8Array>() };
        dataSet.setElement(referenced ? new ReferencedElement(tag, vr, reference) : new ValueElement(tag, vr, bytes));
      }
      return dataSet;
    };
    const dataSet = put(new DataSet(), elements);
    if (inner.length > 0) {
      dataSet.setElement(new SequenceElement(0x0008_1032, [put(new DataSet(undefined, { parent: dataSet }), inner)]));
    }
    return dataSet;
  },
);

Deno.test("nothing that is stored makes a matcher or an answer throw", () => {
  const compiled = [
    ...MATCHING_CASES.map(({ keys, matching = {}, dialect = {} }) =>
      createQuery({ level: "IMAGE", keys: dataSetOf(keys), matching, dialect })
    ),
    createQuery({
      level: "IMAGE",
      keys: dataSetOf({ PatientName: "", SpecificCharacterSet: "" }),
      dialect: { characterSet: ["ISO_IR 192"] },
    }),
  ].map((query) => compileQuery(query));
  fc.assert(
    fc.property(anything, fc.nat(), (stored, index) => {
      for (let next = 0; next < 20; next++) {
        const { matches, answer } = compiled[(index + next) % compiled.length]!;
        matches(stored);
        answer(stored);
      }
    }),
    { seed: 42, numRuns: 2000 },
  );
});

Deno.test("whatever is asked is compiled, or refused with an IdentifierError", () => {
  fc.assert(
    fc.property(anything, fc.boolean(), (keys, strict) => {
      refusal(keys, "STUDY", strict ? STRICT_DIALECT : {});
    }),
    { seed: 42, numRuns: 5000 },
  );
});
