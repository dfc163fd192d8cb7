import assert from "node:assert/strict";
import { readDataSet } from "../../../src/dicom/data_set/reading/read_data_set.ts";
import { fromJson } from "../../../src/dicom/models/from_json.ts";
import type { JsonDataSet } from "../../../src/dicom/models/json_model.ts";
import { toJson } from "../../../src/dicom/models/to_json.ts";
import { toXml } from "../../../src/dicom/models/to_xml.ts";
import { readFileHeader } from "../../../src/dicom/part10.ts";
import { DataSetError } from "../../../src/errors.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../corpus.ts";

/** Text within items whose character set is declared there alone: DCMTK leaves it as it is. */
const NOT_CONVERTED_BY_DCMTK = ["charsets/chrSQEncoding.dcm"];

const hasDcmtk = has("dcm2json") && has("dcm2xml");

function has(tool: string): boolean {
  try {
    return new Deno.Command(tool, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** What a tool of DCMTK makes of a file; undefined where it can't read it, or doesn't have its character set. */
function byDcmtk(tool: string, args: string[]): string | undefined {
  const { success, stdout } = new Deno.Command(tool, { args, stderr: "null" }).outputSync();
  return success ? new TextDecoder().decode(stdout) : undefined;
}

/** The data set of a corpus file as JSON and as XML; undefined where it is meant to be broken. */
function byGantry(name: string): { json: JsonDataSet; xml: string } | undefined {
  const file = Deno.readFileSync(corpusPath(name));
  try {
    const { dataSetOffset, transferSyntax } = readFileHeader(file, { ended: true })!;
    const dataSet = readDataSet(file.subarray(dataSetOffset), { transferSyntax });
    const options = {
      bulkDataUri: ({ element: { kind } }: { element: { kind: string } }) => kind === "value" ? undefined : "x:",
    };
    return { json: toJson(dataSet, options), xml: toXml(dataSet, options) };
  } catch (error) {
    assert.ok(error instanceof DataSetError, `${name}: ${error}`);
    return undefined;
  }
}

/** What may be written differently and mean the same: the last digits and the sign of zero, character sets of items. */
function normalized(model: JsonDataSet, depth = 0): JsonDataSet {
  return Object.fromEntries(
    Object.entries(model).filter(([tag]) => depth === 0 || tag !== "00080005").map(([tag, attribute]) => {
      const { vr, Value } = attribute;
      if (vr === "SQ" && Value) {
        return [tag, { vr, Value: Value.map((item) => normalized(item as JsonDataSet, depth + 1)) }];
      }
      if (Value?.some((value) => typeof value === "number")) {
        return [tag, { vr, Value: Value.map((value) => Math.fround(Number(value)) + 0) }];
      }
      return [tag, attribute];
    }),
  );
}

Deno.test({
  name: "toJson() says the same as dcm2json of every file of the corpus",
  ignore: !corpusIsThere || !hasDcmtk,
  fn() {
    let compared = 0;
    for (const name of corpusFiles().filter((name) => !NOT_CONVERTED_BY_DCMTK.includes(name))) {
      const theirs = byDcmtk("dcm2json", ["-ee", corpusPath(name)]);
      const ours = byGantry(name);
      if (theirs === undefined || ours === undefined) continue;
      assert.deepEqual(normalized(ours.json), normalized(JSON.parse(theirs)), name);
      compared++;
    }
    assert.ok(compared > 100, `${compared} files compared`);
  },
});

Deno.test({
  name: "toXml() names the same attributes as dcm2xml of every file of the corpus",
  ignore: !corpusIsThere || !hasDcmtk,
  fn() {
    const names = (xml: string) => [...xml.matchAll(/<DicomAttribute tag="(\w+)"/g)].map(([, tag]) => tag!);
    let compared = 0;
    // DCMTK leaves out the nested sequences of these.
    for (const name of corpusFiles().filter((name) => !/^rtdose_rle/.test(name))) {
      const theirs = byDcmtk("dcm2xml", ["-nat", corpusPath(name)]);
      const ours = byGantry(name);
      if (theirs === undefined || ours === undefined) continue;
      const expected = names(theirs).filter((attribute) => !/^0002/.test(attribute));
      assert.deepEqual(names(ours.xml), expected, name);
      compared++;
    }
    assert.ok(compared > 100, `${compared} files compared`);
  },
});

Deno.test({
  name: "fromJson() gives back what toJson() was given, for every file of the corpus",
  ignore: !corpusIsThere,
  fn() {
    const bulkData = () => ({ length: 0, stream: () => new ReadableStream<Uint8Array>() });
    for (const name of corpusFiles()) {
      const json = byGantry(name)?.json;
      if (json === undefined) continue;
      const again = toJson(fromJson(JSON.parse(JSON.stringify(json)), { bulkData }), {
        bulkDataUri: ({ element }) => element.kind === "value" ? undefined : "x:",
      });
      assert.deepEqual(normalized(again, 1), normalized(json, 1), name);
    }
  },
});
