import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { isVr, vrDefinition, VRS } from "../../src/dicom/vr.ts";

Deno.test("VRS are the 34 of PS3.5", () => {
  strictEqual(VRS.length, 34);
  strictEqual(isVr("UV"), true);
  strictEqual(isVr("XX"), false);
  strictEqual(isVr("constructor"), false);
});

Deno.test("vrDefinition() has the explicit forms of PS3.5 Table 7.1-1", () => {
  const long = VRS.filter((vr) => vrDefinition(vr).longForm);
  deepStrictEqual(long, ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
});

Deno.test("vrDefinition() pads UI with NUL and all other text with spaces", () => {
  for (const vr of VRS) {
    const { kind, padding } = vrDefinition(vr);
    strictEqual(padding, kind === "text" && vr !== "UI" ? 0x20 : 0, vr);
  }
});

Deno.test("vrDefinition() knows sizes and what the byte ordering swaps", () => {
  strictEqual(vrDefinition("AT").size, 4);
  strictEqual(vrDefinition("AT").unit, 2);
  strictEqual(vrDefinition("FD").unit, 8);
  strictEqual(vrDefinition("OW").unit, 2);
  strictEqual(vrDefinition("UN").unit, 1);
  deepStrictEqual(VRS.filter((vr) => vrDefinition(vr).kind === "text" && !vrDefinition(vr).delimited), [
    "LT",
    "ST",
    "UR",
    "UT",
  ]);
});
