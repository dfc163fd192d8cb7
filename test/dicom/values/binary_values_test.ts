import assert from "node:assert/strict";
import fc from "fast-check";
import { binaryValues, readNumbers } from "../../../src/dicom/values/binary_values.ts";
import { type Vr, vrDefinition } from "../../../src/dicom/vr.ts";
import { DataSetError } from "../../../src/errors.ts";

const VRS_OF_NUMBERS: readonly Vr[] = ["AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"];

for (const vr of VRS_OF_NUMBERS) {
  Deno.test(`readNumbers() gives the ${vr} that a view has, in both byte orderings and at any place`, () => {
    const { size } = vrDefinition(vr);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(7), fc.boolean(), (source, start, littleEndian) => {
        const length = Math.max(0, Math.floor((source.length - start) / size)) * size;
        const bytes = source.subarray(start, start + length);
        const numbers = readNumbers({ source, start, length, bytes }, vr, littleEndian);
        assert.deepEqual(numbers, Array.from<number | bigint>(binaryValues(bytes, vr, littleEndian)));
      }),
      { seed: 42 },
    );
    if (size > 1) {
      const source = new Uint8Array(size + 1);
      assert.throws(() => readNumbers({ source, start: 0, length: size + 1, bytes: source }, vr, true), DataSetError);
    }
  });
}
