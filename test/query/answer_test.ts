import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { readDataSet } from "../../src/dicom/data_set/reading/read_data_set.ts";
import { writeDataSet } from "../../src/dicom/data_set/writing/write_data_set.ts";
import { findAttribute } from "../../src/dicom/dictionary.ts";
import { formatTag } from "../../src/dicom/tag.ts";
import type { AnswerDetail, AnswerOptions } from "../../src/query/answer.ts";
import { compileQuery } from "../../src/query/compile.ts";
import type { Dialect, MatchingOptions } from "../../src/query/dialect.ts";
import type { EntityLevel } from "../../src/query/levels.ts";
import { createQuery } from "../../src/query/query.ts";
import { type Attributes, dataSetOf } from "./data_sets.ts";

interface Asked extends AnswerOptions {
  readonly level?: EntityLevel;
  readonly dialect?: Partial<Dialect>;
  readonly matching?: Partial<MatchingOptions>;
  readonly detail?: AnswerDetail;
}

/** The answer, as it comes out of an encoded one. */
function answer(
  stored: Attributes,
  keys: Attributes,
  { level = "STUDY", dialect = {}, matching = {}, detail, ...options }: Asked = {},
) {
  const query = createQuery({ level, keys: dataSetOf(keys), dialect, matching });
  return readDataSet(writeDataSet(compileQuery(query, options).answer(dataSetOf(stored), detail)));
}

/** Texts by keyword, items by their own. */
function shown(dataSet: DataSet): Record<string, unknown> {
  const entries = [...dataSet].map((element) => {
    const name = findAttribute(element.tag)?.keyword || formatTag(element.tag);
    if (element.kind === "sequence") return [name, element.items.map(shown)];
    return [name, dataSet.getText(element.tag)];
  });
  return Object.fromEntries(entries);
}

Deno.test("an answer has every key that was asked for, empty where there is no value, and nothing else", () => {
  const stored = { StudyInstanceUID: "1.2", StudyDate: "20250131", PatientID: "P1", PatientName: "A^B" };
  const keys = {
    StudyInstanceUID: "",
    PatientID: "P*",
    AccessionNumber: "",
    ProcedureCodeSequence: [],
    Modality: "",
    Rows: [],
  };
  assert.deepEqual(shown(answer(stored, keys)), {
    QueryRetrieveLevel: "STUDY",
    Modality: "",
    AccessionNumber: "",
    ProcedureCodeSequence: [],
    PatientID: "P1",
    StudyInstanceUID: "1.2",
    Rows: "",
  });
});

Deno.test("an answer says where its instances are, and how fast they can be had", () => {
  const detail = { retrieveAeTitles: ["GANTRY", "OTHER"], availability: "ONLINE" } as const;
  assert.deepEqual(shown(answer({ PatientID: "P1" }, { PatientID: "" }, { detail })), {
    QueryRetrieveLevel: "STUDY",
    RetrieveAETitle: "GANTRY\\OTHER",
    InstanceAvailability: "ONLINE",
    PatientID: "P1",
  });
  const asked = answer({ PatientID: "P1", RetrieveAETitle: "PEER" }, {
    PatientID: "",
    RetrieveAETitle: "",
    InstanceAvailability: "",
  });
  assert.equal(asked.getText("RetrieveAETitle"), "PEER");
  assert.equal(asked.getText("InstanceAvailability"), "");
});

Deno.test("an answer over HTTP says where it can be retrieved, and not which level it is of", () => {
  const stored = { StudyInstanceUID: "1.2", PatientID: "P1" };
  const retrieveUrl = "http://127.0.0.1/dicom-web/studies/1.2";
  for (const keys of [{ StudyInstanceUID: "" }, { StudyInstanceUID: "", RetrieveURL: "" }]) {
    assert.deepEqual(shown(answer(stored, keys, { statesLevel: false, detail: { retrieveUrl } })), {
      RetrieveURL: retrieveUrl,
      StudyInstanceUID: "1.2",
    });
  }
});

Deno.test("an answer to Modality at the STUDY level gives the modalities in study", () => {
  const stored = { ModalitiesInStudy: "CT\\MR", Modality: "SR" };
  const { ModalitiesInStudy, Modality } = shown(answer(stored, { Modality: "MR", ModalitiesInStudy: "" }));
  assert.deepEqual([Modality, ModalitiesInStudy], ["CT\\MR", "CT\\MR"]);
});

Deno.test("an answer of the worklist has no level", () => {
  const query = createQuery({ model: "worklist", level: "WORKLIST", keys: dataSetOf({ PatientID: "" }) });
  const made = compileQuery(query).answer(dataSetOf({ PatientID: "P1" }), { retrieveAeTitles: ["GANTRY"] });
  assert.deepEqual(shown(made), { PatientID: "P1" });
});

const CODES = [
  { CodeValue: "1", CodingSchemeDesignator: "X", CodeMeaning: "one" },
  { CodeValue: "2", CodingSchemeDesignator: "X", CodeMeaning: "two" },
];

Deno.test("an answer has the items of a sequence that match, with the attributes that were asked for", () => {
  const cases: [key: readonly Attributes[], expected: unknown][] = [
    [[], CODES],
    [[{}], CODES],
    [[{ CodeValue: "" }], [{ CodeValue: "1" }, { CodeValue: "2" }]],
    [[{ CodeValue: "2", CodeMeaning: "" }], [{ CodeValue: "2", CodeMeaning: "two" }]],
    [[{ CodeValue: "1", CodingSchemeVersion: "" }], [{ CodeValue: "1", CodingSchemeVersion: "" }]],
    [[{ CodeValue: "1", CodeMeaning: "" }, { CodeValue: "2" }], [{ CodeValue: "1", CodeMeaning: "one" }, {
      CodeValue: "2",
    }]],
  ];
  for (const [key, expected] of cases) {
    const made = shown(answer({ ProcedureCodeSequence: CODES }, { ProcedureCodeSequence: key }));
    assert.deepEqual(made["ProcedureCodeSequence"], expected, JSON.stringify(key));
  }
});

Deno.test("an answer goes down into sequences of sequences", () => {
  const stored = { RequestAttributesSequence: [{ RequestedProcedureID: "R", ScheduledProtocolCodeSequence: CODES }] };
  const keys = { RequestAttributesSequence: [{ ScheduledProtocolCodeSequence: [{ CodeValue: "2" }] }] };
  const expected = [{ ScheduledProtocolCodeSequence: [{ CodeValue: "2" }] }];
  assert.deepEqual(shown(answer(stored, keys, { level: "SERIES" }))["RequestAttributesSequence"], expected);
});

Deno.test("an answer has a private attribute where the key has it, wherever it is stored", () => {
  const stored = { "(0009,0010) LO": "OTHER", "(0009,0011) LO": "ACME", "(0009,1001) LO": "Y", "(0009,1101) LO": "X" };
  const made = answer(stored, { "(0009,0010) LO": "ACME", "(0009,1001) LO": "" }, { level: "IMAGE" });
  assert.equal(made.private("ACME", 0x0009).getText(0x01), "X");
  assert.equal(made.has(0x0009_1101), false);
});

const LATIN = { SpecificCharacterSet: "ISO_IR 100", PatientName: "Müller^Jörg" };
const KANJI = { SpecificCharacterSet: "\\ISO 2022 IR 87", PatientName: "Yamada=山田" };
const UTF_8 = { SpecificCharacterSet: "ISO_IR 192" };

Deno.test("an answer states a character set where a value needs it, asked for or not, and never an empty one", () => {
  const rows: [stored: Attributes, keys: Attributes, set: string | undefined][] = [
    [LATIN, { PatientName: "" }, "ISO_IR 100"],
    [LATIN, { PatientName: "", SpecificCharacterSet: "" }, "ISO_IR 100"],
    [{ ...LATIN, PatientName: "Smith" }, { PatientName: "", SpecificCharacterSet: "" }, undefined],
    [{ ...LATIN, PatientID: "P1" }, { PatientID: "" }, undefined],
    [{ PatientName: "Smith" }, { ...UTF_8, PatientName: "" }, undefined],
    [KANJI, { PatientName: "" }, "\\ISO 2022 IR 87"],
    [{ SpecificCharacterSet: "ISO_IR 13", PatientName: "Smith" }, { PatientName: "" }, "ISO_IR 13"],
  ];
  for (const [stored, keys, set] of rows) {
    const made = answer(stored, keys);
    assert.equal(made.getText("SpecificCharacterSet"), set, JSON.stringify(stored));
    if (stored["PatientID"] === undefined) assert.equal(made.getText("PatientName"), stored["PatientName"]);
  }
});

Deno.test("an answer is in the character set of the request where that has all the characters", () => {
  const asked = answer(LATIN, { ...UTF_8, PatientName: "" });
  assert.deepEqual([asked.getText("SpecificCharacterSet"), asked.getText("PatientName")], [
    "ISO_IR 192",
    "Müller^Jörg",
  ]);
  const beyond = answer(KANJI, { ...LATIN, PatientName: "" });
  assert.equal(beyond.getText("SpecificCharacterSet"), "\\ISO 2022 IR 87");
  assert.equal(beyond.getText("PatientName"), "Yamada=山田");
});

Deno.test("an answer in a configured character set shows what this does not have", () => {
  const dialect = { characterSet: ["ISO_IR 100"] };
  const made = answer({ ...KANJI, ProcedureCodeSequence: [{ CodeMeaning: "頭" }] }, {
    PatientName: "",
    ProcedureCodeSequence: [],
  }, { dialect });
  assert.equal(made.getText("SpecificCharacterSet"), "ISO_IR 100");
  assert.equal(made.getText("PatientName"), "Yamada=??");
  assert.equal(made.getText("ProcedureCodeSequence[0].CodeMeaning"), "?");
  const plain = answer({ PatientName: "Smith" }, { PatientName: "" }, { dialect });
  assert.equal(plain.has("SpecificCharacterSet"), false);
});

Deno.test("an answer keeps the text of items that have a character set of their own", () => {
  const stored = {
    ...LATIN,
    ProcedureCodeSequence: [{ SpecificCharacterSet: "ISO_IR 192", CodeValue: "1", CodeMeaning: "頭" }],
  };
  for (const key of [[], [{ CodeMeaning: "" }]] as const) {
    for (const keys of [{ PatientName: "" }, { ...UTF_8, PatientName: "" }, { PatientID: "" }]) {
      const made = answer(stored, { ...keys, ProcedureCodeSequence: key });
      assert.equal(made.getText("ProcedureCodeSequence[0].CodeMeaning"), "頭");
    }
  }
});

Deno.test("an answer passes on text that no character set was declared for", () => {
  const stored = new DataSet({ PatientID: "P1" });
  stored.setElement(dataSetOf(LATIN).element("PatientName")!);
  const { answer } = compileQuery(createQuery({ level: "STUDY", keys: dataSetOf({ PatientName: "" }) }));
  assert.deepEqual(answer(stored).element("PatientName"), stored.element("PatientName"));
});

Deno.test("an answer says which time zone it is in where that was asked for and is known", () => {
  const keys = { TimezoneOffsetFromUTC: "", StudyDate: "" };
  assert.equal(answer({ TimezoneOffsetFromUTC: "+0100" }, keys).getText("TimezoneOffsetFromUTC"), "+0100");
  assert.equal(answer({}, keys, { localOffset: -300 }).getText("TimezoneOffsetFromUTC"), "-0500");
  assert.equal(answer({}, keys).has("TimezoneOffsetFromUTC"), false);
  const unasked = { TimezoneOffsetFromUTC: "+0100" };
  assert.equal(answer(unasked, { StudyDate: "" }).has("TimezoneOffsetFromUTC"), false);
  const matching = { timezoneAdjustment: true };
  assert.equal(answer(unasked, { StudyDate: "" }, { matching }).getText("TimezoneOffsetFromUTC"), "+0100");
});

Deno.test("an answer states only AE titles that can be written, and not without end", () => {
  const titles = (retrieveAeTitles: readonly string[]) =>
    answer({ StudyInstanceUID: "1.2" }, { StudyInstanceUID: "" }, { detail: { retrieveAeTitles } })
      .getTexts("RetrieveAETitle");
  assert.deepEqual(titles(["A".repeat(17), "PACS", "R\u00d6NTGEN", "A\\B", "", "A\n", "PACS 2"]), ["PACS", "PACS 2"]);
  assert.deepEqual(titles(["A".repeat(17)]), []);
  assert.equal(titles(Array.from({ length: 10_000 }, (_, n) => `PACS${n}`)).length, 100);
});
