import assert from "node:assert/strict";
import { IdentifierError } from "../../src/query/identifier_error.ts";
import { type IdentifierOptions, readIdentifier } from "../../src/query/identifier.ts";
import { createQuery, toIdentifier } from "../../src/query/query.ts";
import { type Attributes, dataSetOf } from "./data_sets.ts";
import { STRICT_DIALECT } from "./strict_dialect.ts";

const STUDY_ROOT: IdentifierOptions = { model: "study-root" };
const STRICT: IdentifierOptions = { model: "study-root", dialect: STRICT_DIALECT };

function read(attributes: Attributes, options: IdentifierOptions = STUDY_ROOT) {
  return readIdentifier(dataSetOf(attributes), options);
}

/** The Error Comment that refuses an identifier. */
function refusal(attributes: Attributes, options: IdentifierOptions): string | undefined {
  try {
    read(attributes, options);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof IdentifierError);
    assert.match(error.message, /^Cannot .+: .+[^.]$/);
    return error.comment;
  }
}

Deno.test("readIdentifier() takes the level as it stands, without a warning", () => {
  for (const level of ["STUDY", "SERIES ", " IMAGE"]) {
    const keys = { QueryRetrieveLevel: level, StudyInstanceUID: "1.2", SeriesInstanceUID: "1.3", PatientID: "" };
    const { query, warnings } = read(keys);
    assert.equal(query.level, level.trim());
    assert.deepEqual(warnings, []);
  }
});

Deno.test("readIdentifier() finds a level that is missing or unknown by the deepest unique key, and says so", () => {
  const cases: [Attributes, string][] = [
    [{ PatientName: "" }, "STUDY"],
    [{ StudyInstanceUID: "", SeriesInstanceUID: "" }, "SERIES"],
    [{ StudyInstanceUID: "1.2", SOPInstanceUID: "" }, "IMAGE"],
    [{ QueryRetrieveLevel: "FOO", SeriesInstanceUID: "" }, "SERIES"],
    [{ QueryRetrieveLevel: "", StudyDate: "" }, "STUDY"],
    [{ QueryRetrieveLevel: "study" }, "STUDY"],
    [{ QueryRetrieveLevel: "INSTANCE" }, "IMAGE"],
    [{ QueryRetrieveLevel: "STUDY\\SERIES", Modality: "" }, "SERIES"],
    [{}, "STUDY"],
  ];
  for (const [attributes, level] of cases) {
    const { query, warnings } = read(attributes);
    assert.equal(query.level, level, JSON.stringify(attributes));
    assert.match(warnings[0]?.message ?? "", /^QueryRetrieveLevel \(0008,0052\): .* taken for /);
  }
  assert.equal(read({ PatientName: "" }, { model: "patient-root" }).query.level, "PATIENT");
  assert.equal(read({ SOPInstanceUID: "" }, { model: "patient-study-only" }).query.level, "PATIENT");
});

Deno.test("readIdentifier() answers a level that the model has not, and keys without those above, with a warning", () => {
  const { query, warnings } = read({ QueryRetrieveLevel: "PATIENT", PatientID: "" });
  assert.equal(query.level, "PATIENT");
  assert.equal(warnings.length, 1);
  assert.match(
    read({ QueryRetrieveLevel: "SERIES", SeriesInstanceUID: "" }).warnings[0]!.message,
    /StudyInstanceUID.*relational/,
  );
});

Deno.test("readIdentifier() in strict refuses what breaks the model, and names the key", () => {
  const cases: [Attributes, string | undefined][] = [
    [{}, "QueryRetrieveLevel (0008,0052): missing"],
    [{ QueryRetrieveLevel: "FOO" }, "QueryRetrieveLevel (0008,0052): unknown level"],
    [{ QueryRetrieveLevel: "study" }, "QueryRetrieveLevel (0008,0052): unknown level"],
    [{ QueryRetrieveLevel: "PATIENT" }, "QueryRetrieveLevel (0008,0052): PATIENT not in this model"],
    [{ QueryRetrieveLevel: "SERIES", SeriesInstanceUID: "" }, "StudyInstanceUID (0020,000D): one value needed"],
    [{ QueryRetrieveLevel: "SERIES", StudyInstanceUID: "1.2\\1.3" }, "StudyInstanceUID (0020,000D): one value needed"],
    [{ QueryRetrieveLevel: "SERIES", StudyInstanceUID: "*" }, "StudyInstanceUID (0020,000D): one value needed"],
    [
      { QueryRetrieveLevel: "SERIES", StudyInstanceUID: "1.2", PatientID: "P" },
      "PatientID (0010,0020): no key at SERIES",
    ],
    [{ QueryRetrieveLevel: "STUDY", Modality: "CT" }, "Modality (0008,0060): no key at STUDY"],
    [{ QueryRetrieveLevel: "STUDY", PatientName: "A*", StudyDate: "", SpecificCharacterSet: "ISO_IR 100" }, undefined],
    [{ QueryRetrieveLevel: "SERIES", StudyInstanceUID: "1.2", Modality: "CT" }, undefined],
  ];
  for (const [attributes, comment] of cases) {
    assert.equal(refusal(attributes, STRICT), comment, JSON.stringify(attributes));
  }
});

Deno.test("readIdentifier() in strict takes any hierarchy once relational queries are negotiated", () => {
  const options = { ...STRICT, matching: { relational: true } };
  assert.equal(refusal({ QueryRetrieveLevel: "SERIES", PatientID: "P" }, options), undefined);
});

Deno.test("readIdentifier() refuses a retrieval that would be of everything", () => {
  const move: IdentifierOptions = { model: "study-root", operation: "move" };
  const cases: [Attributes, string | undefined][] = [
    [{ QueryRetrieveLevel: "STUDY" }, "StudyInstanceUID (0020,000D): missing"],
    [{ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "" }, "StudyInstanceUID (0020,000D): missing"],
    [{ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "*" }, "StudyInstanceUID (0020,000D): missing"],
    [{ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "\\" }, "StudyInstanceUID (0020,000D): missing"],
    [{ QueryRetrieveLevel: "STUDY", StudyDate: "20250131" }, "StudyInstanceUID (0020,000D): missing"],
    [{ QueryRetrieveLevel: "STUDY", SOPInstanceUID: "1.2" }, "StudyInstanceUID (0020,000D): missing"],
    [{ QueryRetrieveLevel: "STUDY", PatientID: "P*" }, "PatientID (0010,0020): no wild cards here"],
    [{ QueryRetrieveLevel: "STUDY", PatientID: "P1" }, undefined],
    [{ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "1.2\\1.3" }, undefined],
    [{ QueryRetrieveLevel: "IMAGE", StudyInstanceUID: "1.2", SOPInstanceUID: "" }, undefined],
  ];
  for (const [attributes, comment] of cases) {
    assert.equal(refusal(attributes, move), comment, JSON.stringify(attributes));
  }
  const strict: IdentifierOptions = { ...STRICT, operation: "get" };
  assert.equal(
    refusal({ QueryRetrieveLevel: "STUDY", PatientID: "P1" }, strict),
    "StudyInstanceUID (0020,000D): missing",
  );
});

Deno.test("readIdentifier() reads a worklist's without a level", () => {
  const { query, warnings } = read({ PatientName: "" }, { model: "worklist", dialect: STRICT_DIALECT });
  assert.equal(query.level, "WORKLIST");
  assert.deepEqual(warnings, []);
});

Deno.test("an IdentifierError tells its peer at most 64 characters", () => {
  const error = new IdentifierError("Cannot x: y", { comment: "z".repeat(100) });
  assert.equal(error.comment.length, 64);
});

Deno.test("toIdentifier() and readIdentifier() are each other's reverse", () => {
  const keys = dataSetOf({
    SpecificCharacterSet: "ISO_IR 100",
    PatientName: "Mü*",
    StudyInstanceUID: "",
    StudyDate: "2025-",
  });
  const sent = toIdentifier(createQuery({ level: "STUDY", keys }));
  const { query, warnings } = readIdentifier(sent, STUDY_ROOT);
  assert.equal(query.level, "STUDY");
  assert.equal(query.keys.getText("PatientName"), "Mü*");
  assert.equal(query.keys.getText("StudyDate"), "2025-");
  assert.deepEqual(warnings, []);
  assert.equal(keys.has("QueryRetrieveLevel"), false);
});

Deno.test("toIdentifier() writes what the dialect of the peer wants", () => {
  const keys = dataSetOf({
    SpecificCharacterSet: "ISO_IR 100",
    PatientName: "Mü*",
    PatientID: "",
    StudyInstanceUID: "",
  });
  const dialect = { characterSet: ["ISO_IR 192"], universalUid: "asterisk" } as const;
  const sent = toIdentifier(createQuery({ level: "STUDY", keys, dialect }));
  assert.equal(sent.getText("SpecificCharacterSet"), "ISO_IR 192");
  assert.deepEqual(sent.element("PatientName")?.kind, "value");
  assert.equal(sent.getText("PatientName"), "Mü*");
  assert.equal(sent.getText("StudyInstanceUID"), "*");
  assert.equal(sent.getText("PatientID"), "*");
  const worklist = toIdentifier(
    createQuery({ model: "worklist", level: "WORKLIST", keys: dataSetOf({ PatientID: "" }) }),
  );
  assert.equal(worklist.has("QueryRetrieveLevel"), false);
});

Deno.test("toIdentifier() refuses text that the peer's character set does not have", () => {
  const keys = dataSetOf({ SpecificCharacterSet: "ISO_IR 192", PatientName: "山田*" });
  const query = createQuery({ level: "STUDY", keys, dialect: { characterSet: ["ISO_IR 100"] } });
  assert.throws(() => toIdentifier(query), /PatientName/);
});
