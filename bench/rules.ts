/**
 * How long fifty rules take over one instance: `deno task bench:rules [--rounds N] [--instances N] [--json]`.
 *
 * Each rule looks at who sends, at text, a number, a name, a regular expression and a sequence. None matches, and each is
 * decided by the last of its conditions, so that nothing is spared.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { AttributeCollector } from "../src/archive/attribute_collector.ts";
import { DataSet } from "../src/dicom/data_set/data_set.ts";
import * as UID from "../src/dicom/generated/uid.ts";
import { keptLevels } from "../src/index/kept_attributes.ts";
import { subjectOf } from "../src/routing/routes.ts";
import { compileRules } from "../src/routing/rules/compiled_rules.ts";

/** What is to be reached, in milliseconds for one instance. */
const WANTED = 0.2;
const WARM_UP = 2000;

const arguments_ = parseArgs(Deno.args, { string: ["rounds", "instances"], boolean: ["json"] });
const rounds = Number(arguments_.rounds ?? 5);
const instances = Number(arguments_.instances ?? 5000);

const rules = compileRules({
  routes: Array.from({ length: 50 }, (_, index) => ({
    name: `rule ${index}`,
    when: {
      callingAeTitle: "CT*",
      Modality: ["CT", "PT"],
      PatientName: { not: `Nobody${index}*` },
      SliceThickness: { range: { from: 0.1, to: 10 + index } },
      StudyDescription: { regex: `(?i)thorax|abdomen${index}` },
      ContrastBolusAgent: { present: true },
      "RequestAttributesSequence[*].RequestedProcedureID": `P${index}*`,
    },
    to: "PACS",
  })),
});

const dataSet = new DataSet({
  SpecificCharacterSet: "ISO_IR 192",
  Modality: "CT",
  StudyDescription: "CT Thorax nativ und mit Kontrastmittel",
  PatientName: "Müller^Anna",
  PatientID: "4711",
  ContrastBolusAgent: "Iomeprol",
  SliceThickness: "0.625",
  RequestAttributesSequence: [{ RequestedProcedureID: "Q1" }, { RequestedProcedureID: "Q2" }],
});

const facts = { sopClassUid: UID.CTImageStorage, transferSyntax: UID.ExplicitVRLittleEndian, callingAeTitle: "CT1" };

const collector = new AttributeCollector({
  ...{ transferSyntax: UID.ExplicitVRLittleEndian, identity: new Set(), kept: keptLevels(), wanted: rules.attributes },
});
collector.push(dataSet.encode(UID.ExplicitVRLittleEndian) as Uint8Array);
collector.end();
const attributes = collector.finish();
const { wanted } = collector;
const instance = {
  ...{ sopClassUid: facts.sopClassUid, sopInstanceUid: "1.2.3", studyInstanceUid: "1.2", seriesInstanceUid: "1.2.1" },
  ...{ transferSyntax: facts.transferSyntax, patientId: "4711", sourceAeTitle: "CT1", name: "1", size: 1, serial: 1 },
  ...{ dataSetOffset: 0, receivedAt: 0 },
};

const tasks = [
  { name: "over a data set", run: () => rules.decide({ ...facts, dataSet }) },
  {
    name: "over what an archive has collected",
    run: () => rules.decide(subjectOf({ instance, attributes, wanted, origin: undefined }, rules.attributes)),
  },
];

for (const { name, run } of tasks) {
  for (let count = 0; count < WARM_UP; count++) run();
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    for (let count = 0; count < instances; count++) run();
    return (performance.now() - start) / instances;
  }).sort((one, other) => one - other);
  const milliseconds = times[Math.floor(times.length / 2)]!;
  const reached = milliseconds <= WANTED;
  if (arguments_.json) console.log(JSON.stringify({ name, milliseconds, wanted: WANTED, reached }));
  else {console.log(
      `fifty rules ${name}: ${milliseconds.toFixed(4)} ms (at most ${WANTED} ms: ${reached ? "yes" : "no"})`,
    );}
}
