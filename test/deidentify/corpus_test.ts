import assert from "node:assert/strict";
import { createDeidentifier, deidentifyInstance } from "../../src/deidentify/deidentifier.ts";
import type { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { DataSetError, LimitError } from "../../src/errors.ts";
import { isStandardUid } from "../../src/transform/keyed_names.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../dicom/corpus.ts";
import { Random } from "../support/random.ts";
import { allOf, fileOf, image, streamOf } from "../transform/support.ts";
import { KEY } from "./support.ts";

const deidentifier = createDeidentifier({
  key: KEY,
  options: ["clean-structured-content", "clean-descriptors", "retain-safe-private"],
  pixels: [{ treatment: "keep" }],
});

async function output(file: Uint8Array, size: number): Promise<Uint8Array> {
  return await allOf(await deidentifyInstance(streamOf(file, size), deidentifier));
}

/** UIDs of instances, names and identifiers of patients, at every depth. */
function identifiers(dataSet: DataSet): string[] {
  const found: string[] = [];
  for (const element of dataSet) {
    if (element.kind === "sequence") found.push(...element.items.flatMap(identifiers));
    else if (element.vr === "UI") {
      found.push(...dataSet.getTexts(element.tag).filter((uid) => uid.length > 9 && !isStandardUid(uid)));
    } else if (element.tag === 0x0010_0020) found.push(...dataSet.getTexts(element.tag).filter((id) => id.length > 5));
  }
  return found;
}

Deno.test({
  name: "files of the corpus are de-identified, keep their pixels, and have none of their identifiers",
  ignore: !corpusIsThere,
  async fn() {
    let done = 0;
    for (const name of corpusFiles()) {
      const file = Deno.readFileSync(corpusPath(name));
      let bytes: Uint8Array;
      try {
        bytes = await output(file, 4096);
      } catch (error) {
        assert.ok(error instanceof DataSetError || error instanceof LimitError, `${name}: ${error}`);
        continue;
      }
      const [before, after] = [readFile(file), readFile(bytes.slice())];
      const text = new TextDecoder("latin1").decode(bytes);
      for (const identifier of identifiers(before.dataSet)) {
        // SOP classes and coding schemes that somebody made name no instance.
        if (identifier === before.dataSet.getText("SOPClassUID")) continue;
        assert.ok(!text.includes(`${identifier}\\0`) && !text.includes(` ${identifier} `), name);
      }
      assert.equal(after.dataSet.get("PatientIdentityRemoved"), "YES", name);
      assert.equal(after.transferSyntax, before.transferSyntax, name);
      const [pixels, same] = [before, after].map(({ dataSet }) => dataSet.element(0x7fe0_0010));
      if (pixels?.kind === "value" && same?.kind === "value") assert.deepEqual(same.bytes, pixels.bytes, name);
      if (pixels?.kind === "encapsulated") {
        assert.deepEqual(same?.kind === "encapsulated" && same.fragments, pixels.fragments, name);
      }
      done++;
    }
    assert.ok(done > 100, String(done));
  },
});

Deno.test("bytes that were changed at random are de-identified or end in an error, and never in anything else", async () => {
  const random = new Random(42);
  const file = fileOf(image({
    SpecificCharacterSet: ["", "ISO 2022 IR 87"],
    PatientComments: "none",
    StudyDate: "20240301",
    ReferencedImageSequence: [{
      ReferencedSOPInstanceUID: "1.2.9",
      ReferencedStudySequence: [{ StudyInstanceUID: "1.2.10" }],
    }],
  }));
  const whole = [...file];
  let [ended, held] = [0, 0];
  for (let round = 0; round < 1500; round++) {
    const bytes = Uint8Array.from(whole);
    for (let change = 0; change <= random.below(4); change++) {
      bytes[132 + random.below(bytes.length - 132)] = random.pick([0, 0xff, 0x5c, 0x20, random.below(256)]);
    }
    const cut = random.oneIn(4) ? bytes.subarray(0, random.below(bytes.length)) : bytes;
    try {
      await output(cut, 1 + random.below(300));
      ended++;
    } catch (error) {
      assert.ok(error instanceof DataSetError || error instanceof LimitError, String((error as Error).stack));
      held++;
    }
  }
  assert.ok(ended > 200 && held > 200, `${ended} and ${held}`);
});

Deno.test("sequences within each other beyond the limit, and lengths beyond the end, are errors", async () => {
  let nested = image({ PatientComments: "x" });
  for (let depth = 0; depth < 70; depth++) nested = image({ ReferencedSeriesSequence: [nested] });
  await assert.rejects(output(fileOf(nested), 1000), { name: "LimitError", limit: "maxDepth" });
  const file = fileOf(image({ PatientComments: "a comment" }));
  const at = file.findIndex((_, index) => file[index] === 0x10 && file[index + 2] === 0x00 && file[index + 3] === 0x40);
  file.set([0xfe, 0xff], at + 6);
  await assert.rejects(output(file, 1000), { name: "DataSetError" });
});
