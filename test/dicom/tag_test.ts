import assert from "node:assert/strict";
import { parseTag } from "../../src/dicom/dictionary.ts";
import { formatTag, isPrivateCreatorTag, isPrivateTag, privateCreatorTagOf, tagDigits } from "../../src/dicom/tag.ts";
import { nameTag } from "../../src/dicom/names.ts";

Deno.test("formatTag(), tagDigits() and nameTag() write a tag", () => {
  assert.equal(formatTag(0x0008_0018), "(0008,0018)");
  assert.equal(formatTag(0xfffe_e00d), "(FFFE,E00D)");
  assert.equal(tagDigits(0x7fe0_0010), "7FE00010");
  assert.equal(nameTag(0x0010_0010), "PatientName (0010,0010)");
  assert.equal(nameTag(0x0009_1001), "(0009,1001)");
});

Deno.test("parseTag() reads tags and keywords, and nothing else", () => {
  for (const text of ["(0010,0020)", "(0010, 0020)", "0010,0020", "00100020", "0x00100020", "PatientID"]) {
    assert.equal(parseTag(text), 0x0010_0020, text);
  }
  assert.equal(parseTag("FFFEE0dd"), 0xfffe_e0dd);
  for (const text of ["", "0010", "(0010,0020", "0010,00200", "001000201", "patientid", "0010,00 20"]) {
    assert.equal(parseTag(text), undefined, text);
  }
});

Deno.test("isPrivateTag() and its kin tell private attributes and their creators", () => {
  assert.equal(isPrivateTag(0x0009_1001), true);
  assert.equal(isPrivateTag(0x0008_1001), false);
  assert.equal(isPrivateCreatorTag(0x0009_0010), true);
  assert.equal(isPrivateCreatorTag(0x0009_0100), false);
  assert.equal(isPrivateCreatorTag(0x0009_0001), false);
  assert.equal(isPrivateCreatorTag(0x0008_0010), false);
  assert.equal(privateCreatorTagOf(0x0009_12ab), 0x0009_0012);
});
