/**
 * What conditions match, as a table: a condition, what the instance has, and whether it is meant.
 *
 * @module
 */

import type { Condition } from "../../../src/routing/rules/rule.ts";
import type { RoutingSubject } from "../../../src/routing/rules/subject_values.ts";
import type { Attributes } from "../../query/data_sets.ts";

/** Facts of an instance, as far as a case needs them. */
type Facts = Partial<Omit<RoutingSubject, "dataSet">>;

/** A condition, what the instance has, whether it is meant. */
export type MatchingCase = readonly [condition: Condition, attributes: Attributes, isMeant: boolean, facts?: Facts];

const CT = { Modality: "CT" };
const ITEMS = { RequestAttributesSequence: [{ RequestedProcedureID: "P1" }, { RequestedProcedureID: "P2" }] };
const ID_OF_FIRST = "RequestAttributesSequence[0].RequestedProcedureID";
const ID_OF_ANY = "RequestAttributesSequence[*].RequestedProcedureID";
const OWN = { "(0009,0010) LO": "ACME 1.1", "(0009,1001) LO": "routine" };
const MOVED = { "(0009,0010) LO": "OTHER", "(0009,0011) LO": "ACME 1.1", "(0009,1101) LO": "routine" };
const BY_CREATOR = '(0009,"ACME 1.1",01)';
const UNKNOWN = { "(0009,0010) LO": "ACME 1.1", "(0009,1001) UN": "routine " };

/** Values by their equality, forms and lists. */
const TEXT: readonly MatchingCase[] = [
  [{ Modality: "CT" }, CT, true],
  [{ Modality: "CT" }, { Modality: "CT " }, true],
  [{ Modality: "CT" }, { Modality: "MR" }, false],
  [{ PatientAge: "17Y" }, { PatientAge: "017Y" }, true],
  [{ PatientAge: ["9M", "017Y"] }, { PatientAge: "009M" }, true],
  [{ PatientAge: "17M" }, { PatientAge: "017Y" }, false],
  [{ StudyDescription: "ct" }, { StudyDescription: "CT" }, false],
  [{ Modality: { regex: "(?i)^ct$" } }, CT, true],
  [{ Modality: "CT" }, {}, false],
  [{ Modality: "CT" }, { Modality: "" }, false],
  [{ Modality: ["MR", "CT"] }, CT, true],
  [{ Modality: ["MR", "U*"] }, { Modality: "US" }, true],
  [{ Modality: ["MR", "U*"] }, CT, false],
  [{ "(0008,0060)": "CT" }, CT, true],
  [{ Modality: { equals: "CT" } }, CT, true],
  [{ Modality: { in: ["CT", "PT"] } }, CT, true],
  [{ Modality: { in: ["C*"] } }, CT, false],
  [{ Modality: { equals: "C*" } }, CT, false],
  [{ Modality: { glob: "C?" } }, CT, true],
  [{ Modality: { glob: "?" } }, CT, false],
  [{ StudyDescription: "*thorax*" }, { StudyDescription: "CT thorax nativ" }, true],
  [{ StudyDescription: "*Thorax*" }, { StudyDescription: "CT thorax nativ" }, false],
  [{ StudyDescription: "*" }, { StudyDescription: "x" }, true],
  [{ StudyDescription: "*" }, { StudyDescription: "" }, false],
  [{ StudyDescription: "*" }, {}, false],
  [{ ImageType: "PRIMARY" }, { ImageType: "ORIGINAL\\PRIMARY\\AXIAL" }, true],
  [{ ImageType: { in: ["DERIVED", "AXIAL"] } }, { ImageType: "ORIGINAL\\PRIMARY\\AXIAL" }, true],
  [{ ImageType: "SECONDARY" }, { ImageType: "ORIGINAL\\PRIMARY" }, false],
  [{ StudyDescription: "Schädel" }, { SpecificCharacterSet: "ISO_IR 100", StudyDescription: "Schädel" }, true],
  [{ StudyDescription: "Schädel" }, { SpecificCharacterSet: "ISO_IR 192", StudyDescription: "Schädel" }, true],
  [{ StudyDescription: "頭部" }, { SpecificCharacterSet: "\\ISO 2022 IR 87", StudyDescription: "頭部" }, true],
  [{ StudyDescription: "頭?" }, { SpecificCharacterSet: "\\ISO 2022 IR 87", StudyDescription: "頭部" }, true],
  [{ StudyInstanceUID: "1.2.*" }, { StudyInstanceUID: "1.2.840" }, true],
  [{ StudyInstanceUID: "1.2.840" }, { StudyInstanceUID: "1.2.840" }, true],
];

/** Person names are matched as queries match them. */
const NAMES: readonly MatchingCase[] = [
  [{ PatientName: "Smith^Anna" }, { PatientName: "SMITH^ANNA^" }, true],
  [{ PatientName: "Smith*" }, { PatientName: "Smithers^Jo" }, true],
  [{ PatientName: "Muller^*" }, { SpecificCharacterSet: "ISO_IR 100", PatientName: "Müller^Anna" }, true],
  [{ PatientName: "Smith" }, { PatientName: "Smith^Anna" }, false],
  [{ PatientName: "*" }, { PatientName: "Smith" }, true],
  [{ PatientName: "*" }, {}, false],
  [{ PatientName: { equals: "Smith^Anna" } }, { PatientName: "Smith^Anna" }, true],
  [{ PatientName: { regex: "^Test" } }, { PatientName: "Test^1" }, true],
  [{ PatientName: { regex: "^test" } }, { PatientName: "Test^1" }, false],
];

/** Numbers, dates, times and ages. */
const ORDERED: readonly MatchingCase[] = [
  [{ SeriesNumber: 7 }, { SeriesNumber: "7" }, true],
  [{ SeriesNumber: 7 }, { SeriesNumber: "+007" }, true],
  [{ SeriesNumber: "7" }, { SeriesNumber: "7" }, true],
  [{ SliceThickness: 1.5 }, { SliceThickness: "1.50" }, true],
  [{ SliceThickness: { range: { to: 1 } } }, { SliceThickness: "0.625" }, true],
  [{ SliceThickness: { range: { from: 1, to: 2 } } }, { SliceThickness: "1" }, true],
  [{ SliceThickness: { range: { from: 1, to: 2 } } }, { SliceThickness: "2" }, true],
  [{ SliceThickness: { range: { from: 1, to: 2 } } }, { SliceThickness: "2.001" }, false],
  [{ SliceThickness: { range: { from: 1 } } }, {}, false],
  [{ SliceThickness: { range: { from: 1 } } }, { SliceThickness: "thick" }, false],
  [{ PixelSpacing: { range: { to: 0.1 } } }, { PixelSpacing: "0.5\\0.05" }, true],
  [{ Rows: 512 }, { Rows: [512] }, true],
  [{ Rows: { range: { from: 1000 } } }, { Rows: [512] }, false],
  [{ SmallestImagePixelValue: 5 }, { "(0028,0106) US": [5] }, true],
  [{ FrameIncrementPointer: "(0018,1063)" }, { FrameIncrementPointer: [0x0018_1063] }, true],
  [{ FrameIncrementPointer: "FrameTime" }, { FrameIncrementPointer: [0x0018_1063] }, true],
  [{ StudyDate: "20250131" }, { StudyDate: "20250131" }, true],
  [{ StudyDate: 20250131 }, { StudyDate: "20250131" }, true],
  [{ StudyDate: "2025-01-31" }, { StudyDate: "20250131" }, true],
  [{ StudyDate: { range: { from: "20250101" } } }, { StudyDate: "20241231" }, false],
  [{ StudyDate: { range: { from: "20250101", to: "20251231" } } }, { StudyDate: "20251231" }, true],
  [{ StudyDate: { range: { to: "20250101" } } }, { StudyDate: "soon" }, false],
  [{ StudyDate: "2025*" }, { StudyDate: "20250131" }, true],
  [{ StudyTime: { range: { from: "0800", to: "1200" } } }, { StudyTime: "120059.99" }, true],
  [{ StudyTime: { range: { from: "0800", to: "1200" } } }, { StudyTime: "1201" }, false],
  [{ AcquisitionDateTime: { range: { from: "20250131" } } }, { AcquisitionDateTime: "20250131080000" }, true],
  [
    { AcquisitionDateTime: { range: { from: "202501310800+0000" } } },
    { AcquisitionDateTime: "202501310830", TimezoneOffsetFromUTC: "+0100" },
    false,
  ],
  [{ PatientAge: { range: { to: "017Y" } } }, { PatientAge: "011M" }, true],
  [{ PatientAge: { range: { to: "017Y" } } }, { PatientAge: "018Y" }, false],
  [{ PatientAge: { range: { from: "002W" } } }, { PatientAge: "013D" }, false],
  [{ PatientAge: { range: { from: "002W" } } }, { PatientAge: "014D" }, true],
  [{ PatientAge: { range: { to: "017Y" } } }, { PatientAge: "young" }, false],
];

/** Whether something is there, and what is not so. */
const PRESENCE: readonly MatchingCase[] = [
  [{ AccessionNumber: { present: true } }, { AccessionNumber: "A1" }, true],
  [{ AccessionNumber: { present: true } }, { AccessionNumber: "" }, false],
  [{ AccessionNumber: { present: true } }, { AccessionNumber: "  " }, false],
  [{ AccessionNumber: { present: false } }, {}, true],
  [{ AccessionNumber: { present: false } }, { AccessionNumber: "A1" }, false],
  [{ RequestAttributesSequence: { present: true } }, ITEMS, true],
  [{ RequestAttributesSequence: { present: true } }, { RequestAttributesSequence: [] }, false],
  [{ Modality: { not: "CT" } }, CT, false],
  [{ Modality: { not: "CT" } }, {}, true],
  [{ Modality: { not: { in: ["SR", "PR"] } } }, CT, true],
  [{ Modality: { not: "S*", present: true } }, {}, false],
  [{ Modality: { not: "S*", present: true } }, CT, true],
];

/** Attributes in sequences, and private ones. */
const PATHS: readonly MatchingCase[] = [
  [{ [ID_OF_FIRST]: "P1" }, ITEMS, true],
  [{ [ID_OF_FIRST]: "P2" }, ITEMS, false],
  [{ "RequestAttributesSequence[1].RequestedProcedureID": "P2" }, ITEMS, true],
  [{ "RequestAttributesSequence[2].RequestedProcedureID": "P2" }, ITEMS, false],
  [{ [ID_OF_ANY]: "P2" }, ITEMS, true],
  [{ [ID_OF_ANY]: "P3" }, ITEMS, false],
  [{ [ID_OF_ANY]: { not: "P3" } }, ITEMS, true],
  [{ [ID_OF_ANY]: { present: false } }, {}, true],
  [{ "(0040,0275)[0].(0040,1001)": "P1" }, ITEMS, true],
  [{ [ID_OF_FIRST]: "P1" }, { RequestAttributesSequence: [] }, false],
  [
    { "RequestAttributesSequence[*].ScheduledProcedureStepDescription": "Schädel" },
    {
      SpecificCharacterSet: "ISO_IR 100",
      RequestAttributesSequence: [{ ScheduledProcedureStepDescription: "Schädel" }],
    },
    true,
  ],
  [{ "(0009,1001)": "routine" }, OWN, true],
  [{ [BY_CREATOR]: "routine" }, OWN, true],
  [{ [BY_CREATOR]: "routine" }, MOVED, true],
  [{ [BY_CREATOR]: "routine" }, { ...OWN, "(0009,0010) LO": "OTHER" }, false],
  [{ [BY_CREATOR]: "rout*" }, UNKNOWN, true],
  [{ [BY_CREATOR]: { range: { from: 1 } } }, OWN, false],
  [{ [BY_CREATOR]: { range: { from: 1 } } }, { "(0009,0010) LO": "ACME 1.1", "(0009,1001) DS": "2.5" }, true],
  [{ [BY_CREATOR]: 2 }, { "(0009,0010) LO": "ACME 1.1", "(0009,1001) US": [2] }, true],
];

/** Regular expressions are found anywhere. */
const EXPRESSIONS: readonly MatchingCase[] = [
  [{ StudyDescription: { regex: "(?i)head|neck" } }, { StudyDescription: "CT HEAD" }, true],
  [{ StudyDescription: { regex: "^CT[ _]" } }, { StudyDescription: "CT HEAD" }, true],
  [{ StudyDescription: { regex: "^HEAD" } }, { StudyDescription: "CT HEAD" }, false],
  [{ AccessionNumber: { regex: "^[A-Z]{2}\\d{4,6}$" } }, { AccessionNumber: "AB12345" }, true],
  [{ AccessionNumber: { regex: "^[A-Z]{2}\\d{4,6}$" } }, { AccessionNumber: "AB1234567" }, false],
  [{ StudyDescription: { regex: "^(a+)+$" } }, { StudyDescription: `${"a".repeat(60)}!` }, false],
];

/** What is no attribute. */
const FACTS: readonly MatchingCase[] = [
  [{ callingAeTitle: "CT1" }, {}, true, { callingAeTitle: "CT1" }],
  [{ callingAeTitle: "CT1" }, {}, true, { callingAeTitle: "CT1 " }],
  [{ callingAeTitle: "CT*" }, {}, true, { callingAeTitle: "CT_7" }],
  [{ callingAeTitle: "CT1" }, {}, false, { callingAeTitle: "ct1" }],
  [{ callingAeTitle: "CT1" }, {}, false],
  [{ calledAeTitle: ["GW", "MAIN"] }, {}, true, { calledAeTitle: "MAIN" }],
  [{ address: "10.1.0.0/16" }, {}, true, { address: "10.1.2.3" }],
  [{ address: "10.1.0.0/16" }, {}, true, { address: "::ffff:10.1.2.3" }],
  [{ address: ["10.1.0.0/16", "2001:db8::/32"] }, {}, true, { address: "2001:db8::1" }],
  [{ address: "10.1.0.0/16" }, {}, false, { address: "10.2.0.1" }],
  [{ address: "10.1.0.0/16" }, {}, false],
  [{ address: { glob: "10.1.*" } }, {}, true, { address: "10.1.2.3" }],
  [{ certificate: "CT1" }, {}, true, { certificate: "CT1" }],
  [{ certificate: { present: false } }, {}, true],
  [{ user: { regex: "^tech" } }, {}, true, { user: "tech7" }],
  [{ sopClass: "CTImageStorage" }, {}, true],
  [{ sopClass: "1.2.840.10008.5.1.4.1.1.2" }, {}, true],
  [{ sopClass: "MRImageStorage" }, {}, false],
  [{ sopClass: "*ImageStorage" }, {}, true],
  [{ sopClass: "1.2.840.10008.*" }, {}, true],
  [{ sopClass: "1.3.12.2.1107" }, {}, true, { sopClassUid: "1.3.12.2.1107" }],
  [{ transferSyntax: "ExplicitVRLittleEndian" }, {}, true],
  [{ transferSyntax: { in: ["JPEGBaseline8Bit", "JPEG2000"] } }, {}, false],
  [{ way: "C-STORE" }, {}, true, { way: "C-STORE" }],
  [{ way: { not: "STOW-RS" } }, {}, true],
  [{ way: "other" }, {}, true],
];

/** Conditions of several parts. */
const COMBINED: readonly MatchingCase[] = [
  [{ Modality: "CT", callingAeTitle: "CT*" }, CT, true, { callingAeTitle: "CT1" }],
  [{ Modality: "CT", callingAeTitle: "CT*" }, CT, false, { callingAeTitle: "MR1" }],
  [{ all: [{ Modality: "CT" }, { Modality: "MR" }] }, CT, false],
  [{ any: [{ Modality: "CT" }, { Modality: "MR" }] }, CT, true],
  [{ not: { Modality: "CT" } }, CT, false],
  [{ not: { any: [{ Modality: "MR" }, { Modality: "US" }] } }, CT, true],
  [{ Modality: "CT", any: [{ PatientID: "T*" }, { PatientName: "test*" }] }, { ...CT, PatientName: "TEST" }, true],
  [{ Modality: "CT", not: { all: [{ PatientID: "1" }, { StudyID: "2" }] } }, { ...CT, PatientID: "1" }, true],
];

/** All cases. */
export const MATCHING_CASES: readonly MatchingCase[] = [
  ...TEXT,
  ...NAMES,
  ...ORDERED,
  ...PRESENCE,
  ...PATHS,
  ...EXPRESSIONS,
  ...FACTS,
  ...COMBINED,
];
