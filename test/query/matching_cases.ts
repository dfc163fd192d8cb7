/**
 * The rules of matching as a table (PS3.4 C.2.2.2). Each case is data, to be asked of anything that answers queries: the
 * matcher, an index, a real peer.
 *
 * @module
 */

import type { Dialect, MatchingOptions } from "../../src/query/dialect.ts";
import type { EntityLevel } from "../../src/query/levels.ts";
import type { Attributes } from "./data_sets.ts";

/** A question, and whether what is stored answers it. */
export interface MatchingCase {
  /** Says what holds. */
  readonly name: string;
  /** The instances of one study, or one item of a worklist. */
  readonly stored: readonly Attributes[];
  /** The level that is asked at. */
  readonly level: EntityLevel;
  /** The keys. */
  readonly keys: Attributes;
  /** Whether there is an answer. */
  readonly matches: boolean;
  /** What has to be negotiated first. */
  readonly matching?: Partial<MatchingOptions>;
  /** How the peer is to be understood. */
  readonly dialect?: Partial<Dialect>;
  /** What others were seen to do. */
  readonly peers?: string;
}

/** What a case needs besides what a row says. */
type Rest = Omit<Partial<MatchingCase>, "name" | "stored" | "keys" | "matches">;

/** What is stored (null for nothing), the key, whether it matches, and what others do. */
type Row = readonly [stored: Attributes[string] | null, key: Attributes[string], matches: boolean, peers?: string];

/** Attributes that every instance has. */
const INSTANCE: Attributes = {
  SOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
  SOPInstanceUID: "1.2.3.4.1.1",
  StudyInstanceUID: "1.2.3.4",
  SeriesInstanceUID: "1.2.3.4.1",
};

/** Cases of one attribute. */
function about(
  what: string,
  attribute: string,
  level: EntityLevel,
  rows: readonly Row[],
  rest: Rest = {},
): MatchingCase[] {
  return rows.map(([stored, key, matches, peers]): MatchingCase => ({
    name: `${what}: ${shown(key)} ${matches ? "finds" : "does not find"} ${shown(stored)}`,
    level,
    stored: [{ ...INSTANCE, ...(stored === null ? {} : { [attribute]: stored }) }],
    keys: { [attribute]: key },
    matches,
    ...rest,
    ...(peers === undefined ? {} : { peers }),
  }));
}

function shown(value: Attributes[string] | null): string {
  return value === null ? "no value at all" : JSON.stringify(value);
}

/** A case of its own. */
function one(
  name: string,
  level: EntityLevel,
  stored: Attributes | readonly Attributes[],
  keys: Attributes,
  matches: boolean,
  rest: Rest = {},
): MatchingCase {
  const instances = (Array.isArray(stored) ? stored : [stored]) as readonly Attributes[];
  return { name, level, stored: instances.map((instance) => ({ ...INSTANCE, ...instance })), keys, matches, ...rest };
}

/** An item of a worklist. */
function worklist(name: string, item: Attributes, keys: Attributes, matches: boolean, rest: Rest = {}): MatchingCase {
  return { name, level: "WORKLIST", stored: [item], keys, matches, ...rest };
}

const SINGLE_VALUES = [
  ...about("LO, single value", "PatientID", "STUDY", [
    ["P0004", "P0004", true],
    ["P0004", "P0005", false],
    ["P0004", "P000", false],
    ["P0004", "p0004", false],
    ["P0004", "P0004  ", true],
    ["P0004 ", "P0004", true],
    [" P0004", "P0004", true],
    ["P 0004", "P0004", false],
    ["", "P0004", false],
    [null, "P0004", false],
    ["MÜLLER", "MULLER", false],
  ]).map(inLatin1),
  ...about("SH, single value", "AccessionNumber", "STUDY", [
    ["A1", "A1", true],
    ["A1", "a1", false],
    ["A-1", "A-1", true],
    ["A1", "A1\0", true],
  ]),
  ...about("CS, single value", "PatientSex", "STUDY", [["F", "F", true], ["F", "M", false], ["F", "f", false]]),
  ...about("AS has no wild cards", "PatientAge", "STUDY", [["042Y", "042Y", true], ["042Y", "042M", false], [
    "042Y",
    "04*",
    false,
  ]]),
  ...about("AE, single value and wild card", "StationAETitle", "IMAGE", [
    ["CT_1", "CT_1", true],
    ["CT_1", "ct_1", false],
    ["CT_1", "CT*", true],
    ["CT_1", " CT_1 ", true],
  ]),
  ...about("IS, by number", "SeriesNumber", "SERIES", [
    ["7", "7", true],
    ["7", "007", true],
    ["+7", "7", true],
    [" 7 ", "7", true],
    ["7", "70", false],
    ["-7", "7", false],
    ["seven", "7", false],
    ["", "7", false],
    ["7", "6\\7", true],
  ]),
  ...about("DS, by number", "PatientWeight", "STUDY", [
    ["70", "70.0", true],
    ["7e1", "70", true],
    ["70.5", "70", false],
    ["heavy", "70", false],
  ]),
  ...about("US, by number", "Rows", "IMAGE", [[[512], [512], true], [[512], [256], false], [null, [512], false], [
    [512],
    [256, 512],
    true,
  ]]),
  ...about("FD, by number", "DiffusionBValue", "IMAGE", [[[0.5], [0.5], true], [[0.5], [0.25], false]]),
  ...about("FL, by number", "ExaminedBodyThickness", "IMAGE", [[[0.5], [0.5], true], [[0.5], [0.25], false]]),
  ...about("SS and UL, by number", "TagAngleSecondAxis", "IMAGE", [[[-3], [-3], true], [[-3], [3], false]]),
  ...about("UL, by number", "SimpleFrameList", "IMAGE", [[[1, 2, 3], [2], true], [[1, 2, 3], [4], false]]),
  ...about("UV, by number", "SelectorUVValue", "IMAGE", [[[2 ** 40], [2 ** 40], true], [[1], [2], false]]),
  one("UV, by number: stored in another VR", "IMAGE", { "SelectorUVValue UL": [5] }, { SelectorUVValue: [5] }, true),
  ...about("AT, by tag", "FrameIncrementPointer", "IMAGE", [[[0x0018_1063], [0x0018_1063], true], [[0x0018_1063], [
    0x0018_1065,
  ], false]]),
  ...about("a number key meets text that is stored in another VR", "InstanceNumber", "IMAGE", [["1", "1", true], [
    "1",
    "2",
    false,
  ]]),
];

/** The case, with both sides in Latin-1. */
function inLatin1(row: MatchingCase): MatchingCase {
  const set = { SpecificCharacterSet: "ISO_IR 100" };
  return { ...row, stored: row.stored.map((instance) => ({ ...set, ...instance })), keys: { ...set, ...row.keys } };
}

const UIDS = [
  ...about("UID", "StudyInstanceUID", "STUDY", [
    ["1.2.3.4", "1.2.3.4", true],
    ["1.2.3.4", "1.2.3.5", false],
    ["1.2.3.4", "1.2.3", false],
    ["1.2.3.4", "1.2.3.4\0", true],
    ["1.2.3.4", "1.2.3.4 ", true],
    ["1.2.3.4", "1.2.3.5\\1.2.3.4", true],
    ["1.2.3.4", "1.2.3.5\\1.2.3.6", false],
    ["1.2.3.4", "1.2.3.5\\", false],
    ["1.2.3.4", "", true],
    ["1.2.3.4", "*", true, "Orthanc: C000; dcmqrscp: no answer"],
    ["1.2.3.4", "1.2.*", false],
    ["1.2.3.4", "1.2.3.?", false],
    ["1.2.03.4", "1.2.03.4", true],
  ]),
  ...about("UID", "SeriesInstanceUID", "SERIES", [["1.2.3.4.1", "1.2.3.4.1", true], ["1.2.3.4.1", "1.2.3.4.2", false]]),
  ...about("UID", "SOPInstanceUID", "IMAGE", [["1.2.3.4.1.1", "1.2.3.4.1.1", true], [
    "1.2.3.4.1.1",
    "9\\1.2.3.4.1.1",
    true,
  ]]),
  ...about("UID", "SOPClassUID", "IMAGE", [["1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4", true], [
    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.2",
    false,
  ]]),
  ...about("UID of an absent attribute", "FrameOfReferenceUID", "SERIES", [[null, "1.2", false], ["", "1.2", false], [
    null,
    "*",
    true,
  ]]),
];

const WILD_CARDS = [
  ...about("wild card", "PatientID", "STUDY", [
    ["P0004", "P*", true],
    ["P0004", "*4", true],
    ["P0004", "*00*", true],
    ["P0004", "P*4", true],
    ["P0004", "P*5", false],
    ["P0004", "p*", false],
    ["P0004", "P000?", true, "Orthanc: finds; dcmqrscp: finds"],
    ["P0004", "P0004?", false],
    ["P0004", "?0004", true],
    ["P0004", "?????", true],
    ["P0004", "????", false],
    ["P0004", "*?", true],
    ["P0004", "P*?4", true],
    ["P4", "P*?4", false],
    ["P0004", "P0004*", true],
    ["P0004", "*P0004", true],
    ["P0004", "**", true],
    ["P0004", "P**4", true],
    ["aab", "*ab", true],
    ["abab", "ab*ab", true],
    ["aba", "ab*ba", false],
    ["P.4", "P.4*", true],
    ["P+4", "P.4*", false],
    ["P[4]", "P[4]*", true],
    ["", "P*", false],
    ["", "*", true],
    [null, "*", true],
    [null, "?", false],
    ["P0004", "Q*\\P*", true],
    ["P0004", "Q*\\R*", false],
  ]),
  ...about("wild card in SH", "StudyID", "STUDY", [["S1", "S?", true], ["S1", "s?", false]]),
  ...about("wild card in CS", "BodyPartExamined", "SERIES", [["CHEST", "CH*", true], ["CHEST", "*ST", true], [
    "CHEST",
    "ch*",
    false,
  ]]),
  ...about("wild card in ST", "InstitutionAddress", "SERIES", [
    ["12 High Street", "*High*", true],
    ["12 High Street", "*high*", false],
    ["A\\B", "A\\B", true],
    ["A\\B", "A", false],
  ]),
  ...about("wild card in LT", "PatientComments", "STUDY", [["Line\r\nother", "Line*", true], [
    "Line\r\nother",
    "*other",
    true,
  ], [" lead", "lead", false]]),
  ...about("wild card in UT", "TextValue", "IMAGE", [["a long story", "*long*", true], [
    "a long story",
    "long",
    false,
  ]]),
  ...about("wild card in UC", "LongCodeValue", "IMAGE", [["urn:x", "urn:*", true], ["urn:x", "URN:*", false]]),
  ...about("wild card in UR", "RetrieveURL", "IMAGE", [["http://a/b", "http://*", true], [
    "http://a/b?c=d",
    "http://a/b?c=d",
    true,
  ]]),
  one(
    "wild card: one character beyond the Basic Multilingual Plane is one",
    "STUDY",
    { SpecificCharacterSet: "ISO_IR 192", StudyDescription: "a𠮷b" },
    { SpecificCharacterSet: "ISO_IR 192", StudyDescription: "a?b" },
    true,
  ),
  one(
    "wild card: one character beyond the Basic Multilingual Plane is not two",
    "STUDY",
    { SpecificCharacterSet: "ISO_IR 192", StudyDescription: "a𠮷b" },
    { SpecificCharacterSet: "ISO_IR 192", StudyDescription: "a??b" },
    false,
  ),
];

const NAMES = [
  ...about("name", "PatientName", "STUDY", [
    ["SMITH^ANNA", "SMITH^ANNA", true],
    ["SMITH^ANNA", "Smith^Anna", true],
    ["SMITH^ANNA", "SMITH", false, "Orthanc: no answer; dcmqrscp: no answer"],
    ["SMITH^ANNA", "Smith^Anna^", true, "Orthanc: no answer; dcmqrscp: no answer"],
    ["SMITH^ANNA^^", "Smith^Anna", true],
    ["SMITH^ANNA", "Smith^Anna=", true],
    ["SMITH^ANNA", "Smith^Anna=*", true, "Orthanc: no answer; dcmqrscp: no answer"],
    ["SMITH ^ ANNA", "Smith^Anna", true],
    ["SMITH^ANNA", "SMITH*", true, "Orthanc: finds; dcmqrscp: no answer"],
    ["SMITH^ANNA", "smith*", true, "Orthanc: finds; dcmqrscp: no answer"],
    ["SMITH^ANNA", "*anna", true],
    ["SMITH^ANNA", "*^anna", true],
    ["SMITH^ANNA", "*mit*", true],
    ["SMITH^ANNA", "Sm?th^*", true],
    ["SMITH^ANNA", "ANNA^*", false],
    ["SMITH", "Smith^*", true],
    ["SMITH", "Smith^?*", false],
    ["SMITH", "Smith^^*", true],
    ["SMITHSON^ANNA", "Smith^*", false],
    ["SMITH^ANNA^M", "Smith^Anna", false],
    ["", "Smith", false],
    [null, "Smith", false],
    [null, "*", true],
    [null, "*^*", true],
    ["", "=*", true],
    ["SMITH^ANNA", "Jones^*\\Smith^*", true],
    ["SMITH^ANNA", "Jones^*\\Brown^*", false],
  ]),
  ...[
    ["Müller^Jörg", "Muller^Jorg", true],
    ["Muller^Jorg", "MÜLLER^JÖRG", true],
    ["Müller^Jörg", "mül*", true],
    ["Groß^Eva", "GROSS^EVA", true],
    ["Øster^Åse", "Oster^Ase", true],
    ["Núñez^José", "nunez^*", true],
    ["Müller^Jörg", "Mueller^Jorg", false],
  ].map(([stored, key, matches]) =>
    one(
      `name without accents: ${key} ${matches ? "finds" : "does not find"} ${stored}`,
      "STUDY",
      { SpecificCharacterSet: "ISO_IR 192", PatientName: stored as string },
      { SpecificCharacterSet: "ISO_IR 192", PatientName: key as string },
      matches as boolean,
    )
  ),
  ...[
    ["Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada^Tarou", true],
    ["Yamada^Tarou=山田^太郎=やまだ^たろう", "山田^太郎", true],
    ["Yamada^Tarou=山田^太郎=やまだ^たろう", "=山田^太郎", true],
    ["Yamada^Tarou=山田^太郎=やまだ^たろう", "==やまだ^たろう", true],
    ["Yamada^Tarou=山田^太郎=やまだ^たろう", "=やまだ^たろう", false],
    ["Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada*=山田*", true],
    ["Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada*=川田*", false],
    ["Yamada^Tarou=山田^太郎=やまだ^たろう", "山*", true],
    ["Yamada^Tarou=山田^太郎=やまだ^たろう", "やまた^*", false],
    ["Yamada^Tarou", "Yamada^Tarou=山田^太郎", false],
    ["Hong^Gildong=洪^吉洞=홍^길동", "==홍^길?", true],
  ].map(([stored, key, matches]) =>
    one(
      `name by component groups: ${key} ${matches ? "finds" : "does not find"} ${stored}`,
      "STUDY",
      { SpecificCharacterSet: "ISO_IR 192", PatientName: stored as string },
      { SpecificCharacterSet: "ISO_IR 192", PatientName: key as string },
      matches as boolean,
    )
  ),
  ...about("name by the beginning of components", "PatientName", "STUDY", [
    ["SMITH^ANNA", "Smith", true],
    ["SMITH^ANNA", "Smi^A", true],
    ["SMITHSON^ANNA", "Smith", true],
    ["SMITH^ANNA", "^Anna", true],
    ["SMITH^ANNA", "Anna", false],
    ["SMITH^ANNA", "S?ith", true],
    ["", "Smith", false],
  ], { dialect: { names: "component-prefix" } }),
  ...about("name by words", "PatientName", "STUDY", [
    ["SMITH^ANNA MARIA", "anna smith", true],
    ["SMITH^ANNA MARIA", "mar", true],
    ["SMITH^ANNA MARIA", "maria, smi", true],
    ["SMITH^ANNA MARIA", "ria", false],
    ["SMITH^ANNA MARIA", "smith jones", false],
    ["SMITH^ANNA MARIA", "*ria", true],
    ["SMITH-JONES^ANNA", "jones", true],
  ], { matching: { fuzzyNames: true } }),
  ...about("name of a physician", "ReferringPhysicianName", "STUDY", [["House^Gregory", "house^*", true], [
    "House^Gregory",
    "wilson^*",
    false,
  ]]),
  ...about("name, several values", "NameOfPhysiciansReadingStudy", "STUDY", [["House^G\\Wilson^J", "wilson^j", true], [
    "House^G\\Wilson^J",
    "cuddy^l",
    false,
  ]]),
];

const DATES = [
  ...about("date", "StudyDate", "STUDY", [
    ["20250131", "20250131", true],
    ["20250131", "20250130", false],
    ["20250131", "20250101-20250131", true],
    ["20250131", "20250131-20250131", true],
    ["20250131", "20250101-20250130", false],
    ["20250131", "20250201-20250228", false],
    ["20250131", "20250131-", true],
    ["20250131", "20250201-", false],
    ["20250131", "-20250131", true],
    ["20250131", "-20250130", false],
    ["20250131", "20250101 - 20250131", true],
    ["20250131", "20250201-20250101", false],
    ["2025.01.31", "20250131", true],
    ["20250131", "2025.01.31", true],
    ["", "20250131", false],
    [null, "20250131", false],
    ["", "-20250131", false],
    ["someday", "20250101-20251231", false],
    ["20251399", "20250101-20251231", false],
    ["20250131", "20250130\\20250131", true],
    ["20250131", "*", true],
    [null, "*", true],
    [null, "", true],
    ["20250131", "2025-01-31", true, "Orthanc: no answer; dcmqrscp: no answer"],
    ["20250131", "2025-01-01-2025-01-31", true],
    ["20250201", "2025-01-01-2025-01-31", false],
    ["20250131", "2025-02-01-", false],
    ["20250131", "202501", true],
    ["20250131", "2025", true],
    ["20250131", "2024-2025", true],
    ["20250131", "2023-2024", false],
  ]),
  ...about("date of birth", "PatientBirthDate", "STUDY", [["19001231", "19000101-19001231", true], [
    "19001231",
    "1900",
    true,
  ]]),
];

const TIMES = [
  ...about("time", "StudyTime", "STUDY", [
    ["120000", "120000", true],
    ["120000.000", "120000", true],
    ["120000.5", "120000", true],
    ["120001", "120000", false],
    ["120030", "1200", true],
    ["12", "1230", true],
    ["120000", "1100-1300", true],
    ["120000", "120000-120000", true, "Orthanc: finds; dcmqrscp: finds"],
    ["130030", "1100-1300", true],
    ["130100", "1100-1300", false],
    ["120000", "1201-", false],
    ["120000", "-1200", true],
    ["235959.999999", "2300-", true],
    ["000000", "-0100", true],
    ["003000", "2300-0100", false],
    ["12:00:00", "120000", true],
    ["noon", "1100-1300", false],
    ["", "1100-1300", false],
    [null, "*", true],
  ]),
];

const DATE_TIMES = [
  ...about("date-time", "AcquisitionDateTime", "IMAGE", [
    ["20250131120000", "20250131120000", true],
    ["20250131120000", "20250131", true],
    ["20250131120000", "202502", false],
    ["20250131120000", "20250131-20250201", true],
    ["20250131120000", "20250131120001-", false],
    ["20250131120000", "-20250131", true],
    ["20250131120000+0100", "20250131110000+0000", true],
    ["20250131120000+0100", "20250131120000+0000", false],
    ["20250131233000-0500", "20250201043000+0000", true],
    ["20250131233000-0500", "20250201000000+0000-20250202000000+0000", true],
    ["20250131120000+0100", "20250131120000", true],
    ["20250131120000", "20250131120000+0900", true],
    ["2025", "202506", true],
    ["", "2025", false],
  ]),
  one(
    "date-time: an offset of the stored data set counts",
    "IMAGE",
    { TimezoneOffsetFromUTC: "+0100", AcquisitionDateTime: "20250131120000" },
    { AcquisitionDateTime: "20250131110000+0000" },
    true,
  ),
  one(
    "date-time: an offset of the stored data set counts, too early",
    "IMAGE",
    { TimezoneOffsetFromUTC: "+0100", AcquisitionDateTime: "20250131120000" },
    { AcquisitionDateTime: "20250131120000+0000" },
    false,
  ),
  one("date-time: an offset of the query counts", "IMAGE", { AcquisitionDateTime: "20250131120000+0100" }, {
    TimezoneOffsetFromUTC: "+0000",
    AcquisitionDateTime: "20250131110000",
  }, true),
  one(
    "date-time: an offset of the stored data set counts for its items",
    "SERIES",
    {
      TimezoneOffsetFromUTC: "+0100",
      RequestAttributesSequence: [{ ScheduledProcedureStepStartDateTime: "20250131120000" }],
    },
    { RequestAttributesSequence: [{ ScheduledProcedureStepStartDateTime: "20250131120000+0000" }] },
    false,
  ),
  one(
    "time zone: a late evening is the next day further east",
    "STUDY",
    { TimezoneOffsetFromUTC: "-0500", StudyDate: "20250131", StudyTime: "233000" },
    { TimezoneOffsetFromUTC: "+0000", StudyDate: "20250201" },
    true,
  ),
  one(
    "time zone: and no longer the day before",
    "STUDY",
    { TimezoneOffsetFromUTC: "-0500", StudyDate: "20250131", StudyTime: "233000" },
    { TimezoneOffsetFromUTC: "+0000", StudyDate: "20250131" },
    false,
  ),
  one(
    "time zone: the time of day goes with it",
    "STUDY",
    { TimezoneOffsetFromUTC: "-0500", StudyDate: "20250131", StudyTime: "233000" },
    { TimezoneOffsetFromUTC: "+0000", StudyTime: "0400-0500" },
    true,
  ),
  one("time zone: without a stored one nothing moves", "STUDY", { StudyDate: "20250131", StudyTime: "233000" }, {
    TimezoneOffsetFromUTC: "+0000",
    StudyDate: "20250131",
  }, true),
  one(
    "time zone: without one in the query nothing moves",
    "STUDY",
    { TimezoneOffsetFromUTC: "-0500", StudyDate: "20250131", StudyTime: "233000" },
    { StudyDate: "20250131", StudyTime: "2330" },
    true,
  ),
  one("time zone: a date without its time stays", "STUDY", { TimezoneOffsetFromUTC: "-0500", StudyDate: "20250131" }, {
    TimezoneOffsetFromUTC: "+0000",
    StudyDate: "20250131",
  }, true),
  one(
    "time zone: one that is none is ignored",
    "STUDY",
    { TimezoneOffsetFromUTC: "EST", StudyDate: "20250131", StudyTime: "233000" },
    { TimezoneOffsetFromUTC: "+0000", StudyDate: "20250131" },
    true,
  ),
];

const COMBINED_KEYS = { StudyDate: "20060705-20060707", StudyTime: "1000-1800" };
const COMBINED = { matching: { combinedDateTime: true } };
const MIDDLE_NIGHT = { StudyDate: "20060706", StudyTime: "030000" };

const COMBINED_DATE_TIMES = [
  one("date and time apart: a night between does not match", "STUDY", MIDDLE_NIGHT, COMBINED_KEYS, false),
  one(
    "date and time apart: an afternoon between matches",
    "STUDY",
    { StudyDate: "20060706", StudyTime: "150000" },
    COMBINED_KEYS,
    true,
  ),
  one("date and time combined: a night between matches", "STUDY", MIDDLE_NIGHT, COMBINED_KEYS, true, COMBINED),
  one("date and time combined by dialect: a night between matches", "STUDY", MIDDLE_NIGHT, COMBINED_KEYS, true, {
    dialect: { combinedDateTime: true },
  }),
  one(
    "date and time combined: before the first moment",
    "STUDY",
    { StudyDate: "20060705", StudyTime: "095959" },
    COMBINED_KEYS,
    false,
    COMBINED,
  ),
  one(
    "date and time combined: the first moment",
    "STUDY",
    { StudyDate: "20060705", StudyTime: "100000" },
    COMBINED_KEYS,
    true,
    COMBINED,
  ),
  one(
    "date and time combined: after the last moment",
    "STUDY",
    { StudyDate: "20060707", StudyTime: "180100" },
    COMBINED_KEYS,
    false,
    COMBINED,
  ),
  one(
    "date and time combined: open at the end",
    "STUDY",
    MIDDLE_NIGHT,
    { StudyDate: "20060705-", StudyTime: "1000-" },
    true,
    COMBINED,
  ),
  one(
    "date and time combined: open at the beginning",
    "STUDY",
    MIDDLE_NIGHT,
    { StudyDate: "-20060706", StudyTime: "-0200" },
    false,
    COMBINED,
  ),
  one(
    "date and time combined: other forms stay apart",
    "STUDY",
    MIDDLE_NIGHT,
    { StudyDate: "20060705-20060707", StudyTime: "1000-" },
    false,
    COMBINED,
  ),
  one(
    "date and time combined: a single time stays apart",
    "STUDY",
    MIDDLE_NIGHT,
    { StudyDate: "20060705-20060707", StudyTime: "03" },
    true,
    COMBINED,
  ),
  one(
    "date and time combined: a single time is no range, whatever the dates",
    "STUDY",
    { StudyDate: "20060706", StudyTime: "040000" },
    { StudyDate: "20060705-20060707", StudyTime: "03" },
    false,
    COMBINED,
  ),
  one(
    "date and time combined: without a time the whole day is meant",
    "STUDY",
    { StudyDate: "20060707" },
    COMBINED_KEYS,
    true,
    COMBINED,
  ),
  one(
    "date and time combined: without a date nothing matches",
    "STUDY",
    { StudyTime: "120000" },
    COMBINED_KEYS,
    false,
    COMBINED,
  ),
  one(
    "date and time combined: time zones count",
    "STUDY",
    { TimezoneOffsetFromUTC: "+0200", StudyDate: "20060705", StudyTime: "110000" },
    { TimezoneOffsetFromUTC: "+0000", ...COMBINED_KEYS },
    false,
    COMBINED,
  ),
];

const SEVERAL_VALUES = [
  ...about("several values stored", "OtherPatientNames", "STUDY", [["Smith^A\\Jones^B", "jones^b", true], [
    "Smith^A\\Jones^B",
    "brown^c",
    false,
  ]]),
  ...about("several values stored", "ImageType", "IMAGE", [
    ["ORIGINAL\\PRIMARY\\AXIAL", "PRIMARY", true],
    ["ORIGINAL\\PRIMARY\\AXIAL", "SECONDARY", false],
    ["ORIGINAL\\PRIMARY\\AXIAL", "AX*", true],
    ["ORIGINAL\\PRIMARY\\AXIAL", "SECONDARY\\PRIMARY", true],
    ["ORIGINAL\\\\AXIAL", "AXIAL", true],
  ]),
  ...about("several values demanded", "ImageType", "IMAGE", [
    ["ORIGINAL\\PRIMARY\\AXIAL", "AXIAL\\ORIGINAL", true],
    ["ORIGINAL\\PRIMARY\\AXIAL", "AXIAL\\SECONDARY", false],
    ["ORIGINAL\\PRIMARY\\AXIAL", "AXIAL", true],
  ], { matching: { multipleValue: true } }),
  ...about("several names demanded", "OtherPatientNames", "STUDY", [
    ["Smith^A\\Jones^B", "jones^b\\smith^a", true],
    ["Smith^A\\Jones^B", "jones^b\\brown^c", false],
    ["Smith^A", "=\\smith^a", true],
    ["Jones^B", "=\\smith^a", false],
  ], { matching: { multipleValue: true } }),
  ...about(
    "several values demanded of an attribute that has one",
    "AccessionNumber",
    "STUDY",
    [["A1", "A1\\A2", true]],
    { matching: { multipleValue: true } },
  ),
];

const EMPTY_VALUES = [
  ...about("empty value", "AccessionNumber", "STUDY", [
    ["", '""', true],
    [null, '""', true],
    ["  ", '""', true],
    ["A1", '""', false],
  ], { matching: { emptyValue: true } }),
  ...about("empty value of a date", "StudyDate", "STUDY", [["", '""', true], ["20250131", '""', false]], {
    matching: { emptyValue: true },
  }),
  ...about("empty value that was not negotiated", "AccessionNumber", "STUDY", [["", '""', false], ['""', '""', true]]),
];

const CT = { ...INSTANCE, Modality: "CT" };
const MR = {
  ...INSTANCE,
  Modality: "MR",
  SeriesInstanceUID: "1.2.3.4.2",
  SOPInstanceUID: "1.2.3.4.2.1",
  SOPClassUID: "1.2.840.10008.5.1.4.1.1.4",
};
const AND = { matching: { multipleValue: true } };

const COMPUTED = [
  one("modalities in study: one of them", "STUDY", [CT, MR], { ModalitiesInStudy: "MR" }, true),
  one("modalities in study: none of them", "STUDY", [CT, MR], { ModalitiesInStudy: "US" }, false),
  one("modalities in study: one of a list", "STUDY", [CT], { ModalitiesInStudy: "CT\\MR" }, true, {
    peers: "Orthanc: finds; dcmqrscp: ignores the key",
  }),
  one("modalities in study: all of a list", "STUDY", [CT, MR], { ModalitiesInStudy: "CT\\MR" }, true, AND),
  one("modalities in study: not all of a list", "STUDY", [CT], { ModalitiesInStudy: "CT\\MR" }, false, AND),
  one("modality at the STUDY level means modalities in study", "STUDY", [CT, MR], { Modality: "MR" }, true, {
    peers: "Orthanc: no answer; dcmqrscp: ignores the key",
  }),
  one("modality at the STUDY level that no series has", "STUDY", [CT, MR], { Modality: "US" }, false, {
    peers: "Orthanc: no answer; dcmqrscp: ignores the key",
  }),
  one("modality at the SERIES level is the series' own", "SERIES", [CT], { Modality: "CT" }, true),
  one("modality at the SERIES level is not another's", "SERIES", [CT], { Modality: "MR" }, false),
  one("SOP classes in study", "STUDY", [CT, MR], { SOPClassesInStudy: "1.2.840.10008.5.1.4.1.1.4" }, true),
  one("SOP class at the STUDY level means SOP classes in study", "STUDY", [CT], {
    SOPClassUID: "1.2.840.10008.5.1.4.1.1.4",
  }, false),
  one("number of series", "STUDY", [CT, MR], { NumberOfStudyRelatedSeries: "2" }, true),
  one("number of instances", "STUDY", [CT, MR], { NumberOfStudyRelatedInstances: "3" }, false),
  one("number of instances of a series", "SERIES", [CT], { NumberOfSeriesRelatedInstances: "1" }, true),
];

const LEVELS = [
  one(
    "a key of the level above",
    "SERIES",
    { PatientID: "P1", Modality: "CT" },
    { PatientID: "P1", Modality: "CT" },
    true,
    { peers: "Orthanc: finds; dcmqrscp: C000" },
  ),
  one("a key of the level above that does not match", "SERIES", { PatientID: "P1" }, { PatientID: "P2" }, false),
  one("a key of the level above, three levels up", "IMAGE", { PatientID: "P1", StudyDate: "20250131" }, {
    PatientID: "P1",
    StudyDate: "2025",
  }, true),
  one("a patient", "PATIENT", { PatientID: "P1", PatientName: "A^B" }, { PatientName: "a^*" }, true),
  one("a key of the level below is returned and not matched", "STUDY", { SeriesDescription: "HEAD" }, {
    SeriesDescription: "FOOT",
  }, true),
  one("all keys have to match", "STUDY", { PatientID: "P1", StudyDate: "20250131" }, {
    PatientID: "P1",
    StudyDate: "20240131",
  }, false),
  one("no keys find all", "STUDY", { PatientID: "P1" }, {}, true),
  one(
    "keys that say how to ask are not matched",
    "STUDY",
    { SpecificCharacterSet: "ISO_IR 100", TimezoneOffsetFromUTC: "+0100" },
    { SpecificCharacterSet: "ISO_IR 192", TimezoneOffsetFromUTC: "+0900", PatientID: "" },
    true,
  ),
];

const CODE = { CodeValue: "T-D1100", CodingSchemeDesignator: "SRT", CodeMeaning: "Head" };
const OTHER = { CodeValue: "T-D3000", CodingSchemeDesignator: "99X", CodeMeaning: "Chest" };

const SEQUENCES = [
  ...about("sequence", "ProcedureCodeSequence", "STUDY", [
    [[CODE], [{ CodeValue: "T-D1100" }], true],
    [[CODE], [{ CodeValue: "T-D3000" }], false],
    [[CODE, OTHER], [{ CodeValue: "T-D3000" }], true],
    [[CODE, OTHER], [{ CodeValue: "T-D3000", CodingSchemeDesignator: "SRT" }], false],
    [[CODE, OTHER], [{ CodeValue: "T-D3000", CodingSchemeDesignator: "99X" }], true],
    [[CODE], [{ CodeMeaning: "H*" }], true],
    [[CODE], [], true],
    [[CODE], [{}], true],
    [[CODE], [{ CodeValue: "" }], true],
    [[], [{ CodeValue: "" }], true],
    [null, [{ CodeValue: "" }], true],
    [null, [], true],
    [[], [{ CodeValue: "T-D1100" }], false],
    [null, [{ CodeValue: "T-D1100" }], false],
    [[CODE], [{ CodeValue: "T-D3000" }, { CodeValue: "T-D1100" }], true],
  ]),
  one(
    "sequence in a sequence",
    "SERIES",
    { RequestAttributesSequence: [{ RequestedProcedureID: "R1", ScheduledProtocolCodeSequence: [CODE] }] },
    { RequestAttributesSequence: [{ ScheduledProtocolCodeSequence: [{ CodeValue: "T-D1100" }] }] },
    true,
  ),
  one("sequence in a sequence, of another item", "SERIES", {
    RequestAttributesSequence: [{ RequestedProcedureID: "R1", ScheduledProtocolCodeSequence: [OTHER] }, {
      RequestedProcedureID: "R2",
      ScheduledProtocolCodeSequence: [CODE],
    }],
  }, {
    RequestAttributesSequence: [{
      RequestedProcedureID: "R1",
      ScheduledProtocolCodeSequence: [{ CodeValue: "T-D1100" }],
    }],
  }, false),
  one("sequence: text that stands in its place is none", "STUDY", { "ProcedureCodeSequence UN": "CT" }, {
    ProcedureCodeSequence: [{ CodeValue: "CT" }],
  }, false),
];

const CHARACTER_SETS = ([
  ["ISO_IR 100", "Müller^Jörg", "ISO_IR 192", "Müller^Jörg", true],
  ["ISO_IR 192", "Müller^Jörg", "ISO_IR 100", "MÜLLER^JÖRG", true],
  ["ISO_IR 144", "Люкceмбypг", "ISO_IR 192", "Люкceмбypг", true],
  ["\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎", "ISO_IR 192", "=山田^太郎", true],
  ["ISO_IR 192", "Yamada^Tarou=山田^太郎", "\\ISO 2022 IR 87", "=山田*", true],
  ["GB18030", "Wang^XiaoDong=王^小东", "ISO_IR 192", "=王^*", true],
  ["\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞", "GB18030", "=洪^*", true],
  ["ISO_IR 126", "Διονυσιος", "ISO_IR 192", "ΔΙΟΝΥΣΙΟΣ", true],
  ["ISO_IR 100", "Müller^Jörg", "ISO_IR 192", "Maller^Jorg^X", false],
] as const).map(([set, stored, ofKey, key, matches]) =>
  one(
    `character sets: ${key} in ${ofKey} ${matches ? "finds" : "does not find"} ${stored} in ${set}`,
    "STUDY",
    { SpecificCharacterSet: set, PatientName: stored },
    { SpecificCharacterSet: ofKey, PatientName: key },
    matches,
  )
).concat([
  one(
    "character sets: text in two of them is the same text",
    "STUDY",
    { SpecificCharacterSet: "ISO_IR 100", StudyDescription: "Schädel" },
    { SpecificCharacterSet: "ISO_IR 192", StudyDescription: "Sch?del" },
    true,
  ),
  one(
    "character sets: text keeps its accents",
    "STUDY",
    { SpecificCharacterSet: "ISO_IR 100", StudyDescription: "Schädel" },
    { StudyDescription: "Schadel" },
    false,
  ),
]);

const STEP = {
  Modality: "CT",
  ScheduledStationAETitle: "CT1\\CT2",
  ScheduledProcedureStepStartDate: "20250131",
  ScheduledProcedureStepStartTime: "083000",
  ScheduledPerformingPhysicianName: "House^Gregory",
};
const ITEM = {
  PatientID: "P1",
  PatientName: "SMITH^ANNA",
  AccessionNumber: "A1",
  ScheduledProcedureStepSequence: [STEP],
};

function step(name: string, keys: Attributes, matches: boolean, rest: Rest = {}): MatchingCase {
  return worklist(`worklist: ${name}`, ITEM, { ScheduledProcedureStepSequence: [keys] }, matches, rest);
}

const WORKLIST = [
  step("by modality", { Modality: "CT" }, true),
  step("by another modality", { Modality: "MR" }, false),
  step("by a list of modalities", { Modality: "MR\\CT" }, true),
  step("by one of two stations", { ScheduledStationAETitle: "CT2" }, true),
  step("by another station", { ScheduledStationAETitle: "CT3" }, false),
  step("by day", { ScheduledProcedureStepStartDate: "20250131" }, true),
  step("by range of days and hours", {
    ScheduledProcedureStepStartDate: "20250130-20250201",
    ScheduledProcedureStepStartTime: "0800-0900",
  }, true),
  step("by hours that are over", {
    ScheduledProcedureStepStartDate: "20250131",
    ScheduledProcedureStepStartTime: "0900-",
  }, false),
  step(
    "by combined date and time",
    { ScheduledProcedureStepStartDate: "20250130-20250131", ScheduledProcedureStepStartTime: "0900-0835" },
    true,
    COMBINED,
  ),
  step("by performing physician", { ScheduledPerformingPhysicianName: "house*" }, true),
  worklist("worklist: by patient", ITEM, { PatientName: "smith^*", ScheduledProcedureStepSequence: [] }, true),
  worklist("worklist: by another patient", ITEM, { PatientID: "P2" }, false),
  worklist("worklist: one item without keys is universal", ITEM, { ScheduledProcedureStepSequence: [{}] }, true),
  worklist("worklist: attributes of the step outside of it do not find it", ITEM, { Modality: "CT" }, false),
];

const PRIVATE = [
  one("private: by its creator in the same block", "IMAGE", { "(0009,0010) LO": "ACME 1", "(0009,1001) LO": "X" }, {
    "(0009,0010) LO": "ACME 1",
    "(0009,1001) LO": "X",
  }, true),
  one(
    "private: by its creator in another block",
    "IMAGE",
    { "(0009,0010) LO": "OTHER", "(0009,1001) LO": "Y", "(0009,0011) LO": "ACME 1", "(0009,1101) LO": "X" },
    { "(0009,0010) LO": "ACME 1", "(0009,1001) LO": "X" },
    true,
  ),
  one("private: the same tag of another creator", "IMAGE", { "(0009,0010) LO": "OTHER", "(0009,1001) LO": "X" }, {
    "(0009,0010) LO": "ACME 1",
    "(0009,1001) LO": "X",
  }, false),
  one("private: a key in implicit VR", "IMAGE", { "(0009,0010) LO": "ACME 1", "(0009,1001) SH": "X1" }, {
    "(0009,0010) LO": "ACME 1",
    "(0009,1001) UN": "X?",
  }, true),
  one("private: both in implicit VR", "IMAGE", { "(0009,0010) LO": "ACME 1", "(0009,1001) UN": "X1" }, {
    "(0009,0010) LO": "ACME 1",
    "(0009,1001) UN": "X2",
  }, false),
];

/** All cases. */
export const MATCHING_CASES: readonly MatchingCase[] = [
  ...SINGLE_VALUES,
  ...UIDS,
  ...WILD_CARDS,
  ...NAMES,
  ...DATES,
  ...TIMES,
  ...DATE_TIMES,
  ...COMBINED_DATE_TIMES,
  ...SEVERAL_VALUES,
  ...EMPTY_VALUES,
  ...COMPUTED,
  ...LEVELS,
  ...SEQUENCES,
  ...CHARACTER_SETS,
  ...WORKLIST,
  ...PRIVATE,
];
