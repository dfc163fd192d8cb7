import assert from "node:assert/strict";
import { parseMediaType } from "../../src/dicomweb/media_type.ts";

const MEDIA_TYPES: readonly (readonly [text: string, essence: string, parameters: Record<string, string>])[] = [
  ["application/dicom", "application/dicom", {}],
  ['multipart/related; type="application/dicom"; boundary="a b"', "multipart/related", {
    type: "application/dicom",
    boundary: "a b",
  }],
  ["Multipart/Related;TYPE=application/dicom ; Boundary=xyz", "multipart/related", {
    type: "application/dicom",
    boundary: "xyz",
  }],
  ['multipart/related; type="application/octet-stream; transfer-syntax=*"; boundary=x', "multipart/related", {
    type: "application/octet-stream; transfer-syntax=*",
    boundary: "x",
  }],
  ['multipart/related; boundary=0f3cf5c0-70e0-41ef-baef-c6f9f65ec3e1; type="application/dicom"', "multipart/related", {
    boundary: "0f3cf5c0-70e0-41ef-baef-c6f9f65ec3e1",
    type: "application/dicom",
  }],
  ['image/jpeg; a="quoted \\" and \\\\"; a=second;', "image/jpeg", { a: 'quoted " and \\' }],
];

Deno.test("parseMediaType() reads parameters with quotes and without", () => {
  for (const [text, essence, parameters] of MEDIA_TYPES) {
    const read = parseMediaType(text);
    assert.equal(read?.essence, essence, text);
    assert.deepEqual(Object.fromEntries(read.parameters), parameters, text);
  }
});

Deno.test("parseMediaType() reads nothing from what is none", () => {
  for (const text of ["", "dicom", "a/b c", 'a/b; c="', 'a/b; c=d"e', `a/${"b".repeat(5000)}`]) {
    assert.equal(parseMediaType(text), undefined, text.slice(0, 20));
  }
});
