import assert from "node:assert/strict";
import { DimseStatusError, LimitError } from "../../src/errors.ts";
import type { Match } from "../../src/query/instance_source.ts";
import { createQuery, type Query } from "../../src/query/query.ts";
import {
  findByLevels,
  isRefusal,
  isRelational,
  optionalKeysOf,
  withNamesOfLevel,
} from "../../src/services/peer_finding.ts";
import { dataSetOf } from "../query/data_sets.ts";

const query = (level: Query["level"], keys: Parameters<typeof dataSetOf>[0], more: Partial<Query> = {}) =>
  createQuery({ level, keys: dataSetOf(keys), ...more });

const match = (keys: Parameters<typeof dataSetOf>[0]): Match => ({ attributes: dataSetOf(keys), unmatched: [] });

Deno.test("isRelational() tells queries that leave unique keys above open, or ask for what is above", () => {
  const above = { StudyInstanceUID: "1.2", SeriesInstanceUID: "" };
  assert(!isRelational(query("STUDY", { PatientID: "1", StudyInstanceUID: "" })));
  assert(!isRelational(query("SERIES", above)));
  assert(isRelational(query("SERIES", { SeriesInstanceUID: "" })));
  assert(isRelational(query("SERIES", { ...above, StudyInstanceUID: "1.2\\1.3" })));
  assert(isRelational(query("SERIES", { ...above, PatientName: "" })));
  assert(isRelational(query("STUDY", { StudyInstanceUID: "1" }, { model: "patient-root" })));
});

Deno.test("isRefusal() tells what is said of the question from what is said of the peer", () => {
  const error = (status: number) => new DimseStatusError("no", { status });
  assert(isRefusal(error(0xa900)) && isRefusal(error(0xc000)) && isRefusal(error(0xc001)));
  assert(!isRefusal(error(0xa700)) && !isRefusal(error(0x0110)) && !isRefusal(new Error("no")));
});

Deno.test("findByLevels() asks each level for its own keys, below the entities that were found", async () => {
  const asked: string[] = [];
  const ask = async function* ({ level, keys }: Query) {
    asked.push([level, ...Array.from(keys, ({ tag }) => `${tag.toString(16)}=${keys.getText(tag)}`)].join(" "));
    const study = keys.getText("StudyInstanceUID");
    if (level === "STUDY") {
      for (const uid of ["1", "2"]) yield match({ StudyInstanceUID: uid, PatientName: `N${uid}` });
    } else yield match({ StudyInstanceUID: study!, SeriesInstanceUID: `${study}.1`, Modality: "CT" });
  };
  const found = await Array.fromAsync(
    findByLevels(query("SERIES", { SeriesInstanceUID: "", Modality: "CT", PatientName: "N*" }), ask),
  );
  assert.deepEqual(asked, [
    "STUDY 100010=N* 20000d=",
    "SERIES 80060=CT 20000d=1 20000e=",
    "SERIES 80060=CT 20000d=2 20000e=",
  ]);
  assert.deepEqual(
    found.map(({ attributes }) => [attributes.getText("SeriesInstanceUID"), attributes.getText("PatientName")]),
    [["1.1", "N1"], ["2.1", "N2"]],
  );
});

Deno.test("findByLevels() passes over a level that is known, and gives up where there are too many", async () => {
  const levels: string[] = [];
  const ask = async function* ({ level, keys }: Query) {
    levels.push(level);
    const count = keys.getText("StudyInstanceUID") === "1" || level === "IMAGE" ? 1 : 2_001;
    for (let index = 0; index < count; index++) {
      yield match({
        StudyInstanceUID: level === "STUDY" ? `1.${index}` : keys.getText("StudyInstanceUID")!,
        SeriesInstanceUID: `1.${index}.1`,
        SOPInstanceUID: "1.9",
      });
    }
  };
  const one = query("IMAGE", { StudyInstanceUID: "1", SOPInstanceUID: "" });
  assert.equal((await Array.fromAsync(findByLevels(one, ask))).length, 1);
  assert.deepEqual(levels, ["SERIES", "IMAGE"]);
  await assert.rejects(Array.fromAsync(findByLevels(query("IMAGE", { SOPInstanceUID: "" }), ask)), LimitError);
});

Deno.test("optionalKeysOf() leaves out what is plainly another, and tells what an answer says nothing of", () => {
  const asked = query("STUDY", {
    ...{ StudyInstanceUID: "", PatientID: "P", ModalitiesInStudy: "CT", StudyDescription: "HEAD*" },
    PatientSex: "*",
  });
  const check = optionalKeysOf(asked);
  const [modalities, description] = [0x0008_0061, 0x0008_1030];
  assert.deepEqual(check(match({ ModalitiesInStudy: "MR\\CT", StudyDescription: "HEAD" }))?.unmatched, []);
  // Text is left to the peer, which may know better.
  assert.deepEqual(check(match({ ModalitiesInStudy: "CT", StudyDescription: "head" }))?.unmatched, []);
  assert.equal(check(match({ ModalitiesInStudy: "MR", StudyDescription: "HEAD" })), undefined);
  assert.deepEqual(check(match({ ModalitiesInStudy: "CT" }))?.unmatched, [description]);
  assert.deepEqual(check(match({}))?.unmatched.toSorted(), [modalities, description].toSorted());
});

Deno.test("withNamesOfLevel() asks for Modality at the STUDY level by the name that it has there", () => {
  const { keys } = withNamesOfLevel(query("STUDY", { StudyInstanceUID: "", Modality: "CT" }));
  assert.deepEqual([keys.getText("ModalitiesInStudy"), keys.has("Modality")], ["CT", false]);
  const series = query("SERIES", { Modality: "CT" });
  assert.equal(withNamesOfLevel(series), series);
});
