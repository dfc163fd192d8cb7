import assert from "node:assert/strict";
import { characterSet } from "../../../src/dicom/charsets/character_set.ts";

const corpus = Deno.env.get("GANTRY_CORPUS") ?? new URL("../../../../shared/corpus/", import.meta.url).pathname;
const folder = `${corpus.replace(/\/$/, "")}/charsets`;
const present = await Deno.stat(folder).then(() => true, () => false);

/** Patient's Name in each file, as DCMTK converts it to UTF-8; the Japanese as PS3.5 Annex H prints it. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "chrArab.dcm": ["قباني^لنزار"],
  "chrFren.dcm": ["Buc^Jérôme"],
  "chrFrenMulti.dcm": ["Buc^Jérôme"],
  "chrGerm.dcm": ["Äneas^Rüdiger"],
  "chrGreek.dcm": ["Διονυσιος"],
  "chrH31.dcm": ["Yamada^Tarou=山田^太郎=やまだ^たろう"],
  "chrH32.dcm": ["ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"],
  "chrHbrw.dcm": ["שרון^דבורה"],
  "chrI2.dcm": ["Hong^Gildong=洪^吉洞=홍^길동"],
  "chrJapMulti.dcm": ["やまだ^たろう"],
  "chrJapMultiExplicitIR6.dcm": ["やまだ^たろう"],
  "chrKoreanMulti.dcm": ["김희중"],
  "chrRuss.dcm": ["Люкceмбypг"],
  "chrSQEncoding.dcm": ["ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"],
  "chrSQEncoding1.dcm": ["ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"],
  "chrX1.dcm": ["Wang^XiaoDong=王^小東="],
  "chrX2.dcm": ["Wang^XiaoDong=王^小东="],
};

const SPECIFIC_CHARACTER_SET = [0x08, 0x00, 0x05, 0x00, 0x43, 0x53];
const PATIENT_NAME = [0x10, 0x00, 0x10, 0x00, 0x50, 0x4E];

/** The value fields of an element in Explicit VR Little Endian, found by the bytes of its tag and VR. */
function valueFields(file: Uint8Array, tagAndVr: readonly number[]): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at + 8 <= file.length; at++) {
    if (!tagAndVr.every((byte, index) => file[at + index] === byte)) continue;
    const length = (file[at + 6] ?? 0) | (file[at + 7] ?? 0) << 8;
    found.push(file.subarray(at + 8, at + 8 + length));
  }
  return found;
}

for (const [name, expected] of Object.entries(NAMES)) {
  Deno.test({
    name: `characterSet() reads the name in ${name} as DCMTK does`,
    ignore: !present,
    fn: async () => {
      const file = await Deno.readFile(`${folder}/${name}`);
      // The last one: in chrSQEncoding.dcm, that of the item which has the name.
      const declared = new TextDecoder().decode(valueFields(file, SPECIFIC_CHARACTER_SET).at(-1));
      const set = characterSet(declared.split("\\"));
      assert.deepEqual(set.warnings, []);
      const warnings: string[] = [];
      const texts = valueFields(file, PATIENT_NAME).map((bytes) =>
        set.decode(bytes, "PN", { warn: (message) => warnings.push(message) }).trimEnd()
      );
      assert.deepEqual(texts, expected);
      assert.deepEqual(warnings, []);
    },
  });
}

Deno.test({
  name: "the corpus has no character set file that is not tested here",
  ignore: !present,
  fn: async () => {
    const files = await Array.fromAsync(Deno.readDir(folder));
    assert.equal(files.filter(({ name }) => name.endsWith(".dcm") && !NAMES[name]).length, 0);
  },
});
