import "../../src/dicom/dictionary.ts"; // Errors name tags by their keywords where it is loaded.
import assert from "node:assert/strict";
import { AttributeReader } from "../../src/dicom/attribute_reader.ts";
import { ElementScanner } from "../../src/dicom/encoding/element_scanner.ts";
import { readFileHeader } from "../../src/dicom/part10.ts";
import { tagDigits } from "../../src/dicom/tag.ts";
import { findTransferSyntax } from "../../src/dicom/transfer_syntaxes.ts";
import { DataSetError } from "../../src/errors.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "./corpus.ts";
import { pieces, record } from "./encoding/scanning.ts";

const ignore = !corpusIsThere;

/** The faulty files that cannot be read, and what is said of them. */
const UNREADABLE: Readonly<Record<string, RegExp>> = {
  "MR_truncated.dcm": /PixelData \(7FE0,0010\) at offset 1154: its value ends after 8130 of 8192 bytes/,
  "no_meta.dcm": /it has no transfer syntax and begins as no data set does/,
  "rtplan_truncated.dcm": /IsocenterPosition \(300A,012C\) at offset 1792: its value ends after 29 of 50 bytes/,
};

/** The tag and VR of every element at the top level of a file's data set. */
function topLevel(file: Uint8Array): Map<string, string> {
  const { dataSetOffset, transferSyntax } = readFileHeader(file, { ended: true })!;
  const scanner = new ElementScanner({ transferSyntax });
  scanner.push(file.subarray(dataSetOffset));
  const found = new Map<string, string>();
  for (let event; (event = scanner.next()) !== undefined;) {
    const { tag, vr } = scanner.element;
    if (tag % 0x1_0000 !== 0) found.set(tagDigits(tag), event === "sequence" ? "SQ" : vr);
    if (event === "sequence" || event === "fragments") scanner.skip();
  }
  scanner.end();
  return found;
}

/** The same by `dcm2json`, or undefined where it cannot read the file or isn't there. */
function topLevelByDcmtk(path: string): Map<string, string> | undefined {
  try {
    const { code, stdout } = new Deno.Command("dcm2json", { args: [path], stderr: "null" }).outputSync();
    if (code !== 0) return undefined;
    // What stands in values is of no interest here, be it in whatever character set.
    const model: Record<string, { vr: string }> = JSON.parse(new TextDecoder("latin1").decode(stdout));
    return new Map(Object.entries(model).filter(([tag]) => !tag.startsWith("0002")).map(([tag, { vr }]) => [tag, vr]));
  } catch {
    return undefined;
  }
}

Deno.test({
  name: "ElementScanner walks over every file of the corpus, or says clearly what is wrong with it",
  ignore,
  fn() {
    for (const name of corpusFiles()) {
      const file = Deno.readFileSync(corpusPath(name));
      try {
        const { dataSetOffset, transferSyntax } = readFileHeader(file, { ended: true })!;
        assert.ok(record([file.subarray(dataSetOffset)], { transferSyntax }).length > 0, name);
      } catch (error) {
        assert.ok(error instanceof DataSetError && UNREADABLE[name]?.test(error.message), `${name}: ${error}`);
        continue;
      }
      assert.equal(UNREADABLE[name], undefined, name);
    }
  },
});

Deno.test({
  name: "ElementScanner tells the same of corpus files in small chunks",
  ignore,
  fn() {
    for (const name of corpusFiles()) {
      const file = Deno.readFileSync(corpusPath(name));
      if (name in UNREADABLE || file.length > 100_000) continue;
      const { dataSetOffset, transferSyntax } = readFileHeader(file, { ended: true })!;
      const dataSet = file.subarray(dataSetOffset);
      const options = { transferSyntax };
      assert.deepEqual(record(pieces(dataSet, 11, 1, 4), options), record([dataSet], options), name);
    }
  },
});

Deno.test({
  name: "ElementScanner finds the elements and VRs that DCMTK finds",
  ignore: ignore || topLevelByDcmtk(corpusIsThere ? corpusPath("CT_small.dcm") : "") === undefined,
  fn() {
    let compared = 0;
    for (const name of corpusFiles()) {
      if (name in UNREADABLE) continue;
      const expected = topLevelByDcmtk(corpusPath(name));
      if (expected === undefined) continue;
      const file = Deno.readFileSync(corpusPath(name));
      const found = topLevel(file);
      assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort(), name);
      const header = readFileHeader(file, { ended: true })!;
      // Where no VR is written, DCMTK knows private attributes and resolves ambiguous VRs.
      if (findTransferSyntax(header.transferSyntax)?.explicitVr) {
        assert.deepEqual(found, new Map([...found.keys()].map((tag) => [tag, expected.get(tag)])), name);
      }
      compared++;
    }
    assert.ok(compared > 100, `${compared} files`);
  },
});

Deno.test({
  name: "AttributeReader finds the SOP Instance UID of the meta information in the data set",
  ignore,
  fn() {
    const tags = new Set([0x0008_0018]);
    for (
      const name of ["CT_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "image_dfl.dcm", "JPEG2000.dcm"]
    ) {
      const file = Deno.readFileSync(corpusPath(name));
      const { meta, dataSetOffset, transferSyntax } = readFileHeader(file)!;
      const reader = new AttributeReader({ transferSyntax, tags });
      reader.push(file.subarray(dataSetOffset));
      reader.end();
      const found = new TextDecoder().decode(reader.attributes.get(0x0008_0018)!.bytes);
      assert.equal(found.replace(/\0$/, ""), meta.mediaStorageSopInstanceUid, name);
    }
  },
});
