import assert from "node:assert/strict";
import { nameTag } from "../../src/dicom/names.ts";
import { describeTag, findAttribute, findAttributeByKeyword, keywordOf } from "../../src/dicom/dictionary.ts";
import { dictionaryVr, impliedVr } from "../../src/dicom/implied_vr.ts";
import { ATTRIBUTES } from "../../src/dicom/generated/dictionary_data.ts";
import { isVr } from "../../src/dicom/vr.ts";

Deno.test("findAttribute() finds an attribute by its tag", () => {
  assert.deepEqual(findAttribute(0x0010_0010), {
    tag: 0x0010_0010,
    keyword: "PatientName",
    vr: "PN",
    vm: "1",
    name: "Patient's Name",
    retired: false,
  });
  assert.equal(findAttribute(0x0000_0100)?.keyword, "CommandField");
  assert.equal(findAttribute(0x0008_0001)?.retired, true);
  assert.equal(findAttribute(0xfffe_e0dd)?.keyword, "SequenceDelimitationItem");
});

Deno.test("findAttribute() finds the attributes of repeating groups", () => {
  for (
    const [tag, keyword] of [
      [0x6000_3000, "OverlayData"],
      [0x601e_3000, "OverlayData"],
      [0x5002_0010, "NumberOfPoints"],
      [0x7f02_0010, "VariablePixelData"],
      [0x7fe0_0010, "PixelData"],
      [0x0020_3142, "SourceImageIDs"],
      [0x0028_0410, "RowsForNthOrderCoefficients"],
      [0x1000_1233, "HuffmanTableTriplet"],
      [0x1010_4711, "ZonalMap"],
    ] as const
  ) {
    const found = findAttribute(tag);
    assert.equal(found?.keyword, keyword);
    assert.equal(found?.tag, tag);
  }
  assert.equal(findAttribute(0x6001_3000)?.vr, "UN");
});

Deno.test("findAttribute() knows group lengths, private creators and private attributes, and nothing else", () => {
  assert.equal(findAttribute(0x0010_0000)?.vr, "UL");
  assert.equal(findAttribute(0x0009_0000)?.vr, "UL");
  assert.equal(findAttribute(0x0009_0010)?.vr, "LO");
  assert.equal(findAttribute(0x0009_00ff)?.keyword, "PrivateCreator");
  assert.equal(findAttribute(0x0009_1001)?.vr, "UN");
  assert.equal(findAttribute(0x0010_9999), undefined);
});

Deno.test("findAttributeByKeyword() finds every keyword of the table, and no other", () => {
  let keywords = 0;
  for (const line of ATTRIBUTES.split("\n")) {
    const [digits, vr, , keyword] = line.split("\t");
    if (!keyword) continue;
    keywords++;
    const found = findAttributeByKeyword(keyword);
    assert.equal(found?.keyword, keyword);
    if (!digits!.includes("x")) assert.equal(found.tag, Number.parseInt(digits!, 16));
    assert.equal(found.vr, vr);
  }
  assert.equal(keywords > 5000, true);
  assert.equal(findAttributeByKeyword("PatientsName"), undefined);
  assert.equal(findAttributeByKeyword(""), undefined);
  assert.equal(findAttributeByKeyword("toString"), undefined);
});

Deno.test("keywordOf() is undefined for a tag without keyword", () => {
  assert.equal(keywordOf(0x0020_000d), "StudyInstanceUID");
  assert.equal(keywordOf(0x0009_1001), undefined);
  assert.equal(keywordOf(0x0018_0061), undefined);
});

Deno.test("impliedVr() is a VR for every attribute", () => {
  assert.equal(impliedVr(0x7fe0_0010), "OW");
  assert.equal(impliedVr(0x0028_0106), "US");
  assert.equal(impliedVr(0x0028_3006), "US");
  assert.equal(impliedVr(0x0009_1001), "UN");
  assert.equal(impliedVr(0x0010_9999), "UN");
  for (const line of ATTRIBUTES.split("\n")) {
    assert.equal(isVr(impliedVr(Number.parseInt(line.slice(0, 8).replaceAll("x", "0"), 16))), true);
  }
});

Deno.test("dictionaryVr() gives every attribute of the dictionary the VR that it has there", () => {
  for (const line of ATTRIBUTES.split("\n")) {
    const [digits = "", vr] = line.split("\t");
    const repeated = digits.includes("x") ? ["2", "E"] : [""];
    // (0028,0400) is an attribute of its own.
    for (const digit of repeated) assert.equal(dictionaryVr(parseInt(digits.replaceAll("x", digit), 16)), vr, line);
  }
  const kinds = [0x0010_0000, 0x0009_0000, 0x0009_0010, 0x0009_1001, 0x0010_9999, 0x6001_3000];
  assert.deepEqual(kinds.map(dictionaryVr), ["UL", "UL", "LO", "UN", undefined, "UN"]);
  for (let tag = 0; tag <= 0xffff_ffff; tag += 0x2_0101) assert.equal(dictionaryVr(tag), findAttribute(tag)?.vr);
});

Deno.test("messages name tags by their keywords, now that the dictionary is there", () => {
  assert.equal(nameTag(0x0010_0010), "PatientName (0010,0010)");
  assert.equal(nameTag(0x0010_9999), "(0010,9999)");
  assert.equal(describeTag(0x0010_0010), "PatientName (0010,0010)");
});
