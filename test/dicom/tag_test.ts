import { strictEqual } from "node:assert/strict";
import { parseTag } from "../../src/dicom/dictionary.ts";
import { formatTag, isPrivateCreatorTag, isPrivateTag, privateCreatorTagOf, tagDigits } from "../../src/dicom/tag.ts";
import { nameTag } from "../../src/dicom/names.ts";

Deno.test("formatTag(), tagDigits() and nameTag() write a tag", () => {
  strictEqual(formatTag(0x0008_0018), "(0008,0018)");
  strictEqual(formatTag(0xfffe_e00d), "(FFFE,E00D)");
  strictEqual(tagDigits(0x7fe0_0010), "7FE00010");
  strictEqual(nameTag(0x0010_0010), "PatientName (0010,0010)");
  strictEqual(nameTag(0x0009_1001), "(0009,1001)");
});

Deno.test("parseTag() reads tags and keywords, and nothing else", () => {
  for (const text of ["(0010,0020)", "(0010, 0020)", "0010,0020", "00100020", "0x00100020", "PatientID"]) {
    strictEqual(parseTag(text), 0x0010_0020, text);
  }
  strictEqual(parseTag("FFFEE0dd"), 0xfffe_e0dd);
  for (const text of ["", "0010", "(0010,0020", "0010,00200", "001000201", "patientid", "0010,00 20"]) {
    strictEqual(parseTag(text), undefined, text);
  }
});

Deno.test("isPrivateTag() and its kin tell private attributes and their creators", () => {
  strictEqual(isPrivateTag(0x0009_1001), true);
  strictEqual(isPrivateTag(0x0008_1001), false);
  strictEqual(isPrivateCreatorTag(0x0009_0010), true);
  strictEqual(isPrivateCreatorTag(0x0009_0100), false);
  strictEqual(isPrivateCreatorTag(0x0009_0001), false);
  strictEqual(isPrivateCreatorTag(0x0008_0010), false);
  strictEqual(privateCreatorTagOf(0x0009_12ab), 0x0009_0012);
});
