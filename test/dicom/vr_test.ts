import assert from "node:assert/strict";
import { isVr, vrDefinition, VRS } from "../../src/dicom/vr.ts";

Deno.test("VRS are the 34 of PS3.5", () => {
  assert.equal(VRS.length, 34);
  assert.equal(isVr("UV"), true);
  assert.equal(isVr("XX"), false);
  assert.equal(isVr("constructor"), false);
});

Deno.test("vrDefinition() has the explicit forms of PS3.5 Table 7.1-1", () => {
  const long = VRS.filter((vr) => vrDefinition(vr).longForm);
  assert.deepEqual(long, ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
});

Deno.test("vrDefinition() pads UI with NUL and all other text with spaces", () => {
  for (const vr of VRS) {
    const { kind, padding } = vrDefinition(vr);
    assert.equal(padding, kind === "text" && vr !== "UI" ? 0x20 : 0, vr);
  }
});

Deno.test("vrDefinition() knows sizes and what the byte ordering swaps", () => {
  assert.equal(vrDefinition("AT").size, 4);
  assert.equal(vrDefinition("AT").unit, 2);
  assert.equal(vrDefinition("FD").unit, 8);
  assert.equal(vrDefinition("OW").unit, 2);
  assert.equal(vrDefinition("UN").unit, 1);
  assert.deepEqual(VRS.filter((vr) => vrDefinition(vr).kind === "text" && !vrDefinition(vr).delimited), [
    "LT",
    "ST",
    "UR",
    "UT",
  ]);
});
