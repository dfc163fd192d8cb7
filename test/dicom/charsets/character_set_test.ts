import assert from "node:assert/strict";
import fc from "fast-check";
import { characterSet, type TextVr } from "../../../src/dicom/charsets/character_set.ts";
import { DataSetError } from "../../../src/errors.ts";

/** Bytes written as a string: one character a byte. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function decode(terms: string[], text: string, vr: TextVr = "PN"): { text: string; warnings: string[] } {
  const warnings: string[] = [];
  return { text: characterSet(terms).decode(bytes(text), vr, { warn: (message) => warnings.push(message) }), warnings };
}

/** Examples of PS3.5, and the like of them: title, terms, value representation, bytes, text. */
const EXAMPLES: readonly [string, string[], TextVr, string, string][] = [
  [
    "PS3.5 H.3.1",
    ["", "ISO 2022 IR 87"],
    "PN",
    "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
  ],
  [
    "PS3.5 H.3.2",
    ["ISO 2022 IR 13", "ISO 2022 IR 87"],
    "PN",
    "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
    "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
  ],
  [
    "PS3.5 I.2",
    ["", "ISO 2022 IR 149"],
    "PN",
    "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
    "Hong^Gildong=洪^吉洞=홍^길동",
  ],
  ["PS3.5 J.1", ["ISO_IR 192"], "PN", "Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=", "Wang^XiaoDong=王^小東="],
  ["PS3.5 J.2", ["GB18030"], "PN", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", "Wang^XiaoDong=王^小东="],
  ["PS3.5 J.4", ["GBK"], "PN", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", "Wang^XiaoDong=王^小东="],
  [
    "PS3.5 K.2",
    ["", "ISO 2022 IR 58"],
    "PN",
    "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
    "Zhang^XiaoDong=张^小东=",
  ],
  ["JIS X 0212", ["", "ISO 2022 IR 159"], "LO", "\x1b$(D0!\x1b(B!", "丂!"],
  ["two single-byte sets", ["ISO 2022 IR 100", "ISO 2022 IR 144"], "LO", "\xe9\x1b-L\xbb\x1b-A\\\xe9", "éЛ\\é"],
  ["Thai", ["ISO_IR 166"], "LO", "\xa1\xdf\xfb", "ก฿๛"],
  ["Latin 5", ["ISO_IR 148"], "LO", "\xdd\xfd\xf0\xe9", "İığé"],
  ["Latin 9", ["ISO_IR 203"], "LO", "\xa4\xbc", "€Œ"],
  ["Latin 2", ["ISO_IR 101"], "LO", "\xb1", "ą"],
  ["Latin 3", ["ISO_IR 109"], "LO", "\xa1", "Ħ"],
  ["Latin 4", ["ISO_IR 110"], "LO", "\xa1", "Ą"],
  ["ISO-IR 14 in text", ["ISO_IR 13"], "ST", "\\100\x7e", "¥100‾"],
  ["ISO-IR 14 between values", ["ISO_IR 13"], "LO", "\xb1\\\xb2", "ｱ\\ｲ"],
  ["GB18030 of four bytes", ["GB18030"], "LO", "\x81\x30\x84\x36\x90\x30\x81\x30", "¥\u{10000}"],
];

for (const [title, terms, vr, encoded, text] of EXAMPLES) {
  Deno.test(`characterSet() decodes and encodes the example of ${title}`, () => {
    assert.deepEqual(decode(terms, encoded, vr), { text, warnings: [] });
    assert.deepEqual(characterSet(terms).encode(text, vr), bytes(encoded));
    assert.deepEqual(characterSet(terms).warnings, []);
  });
}

Deno.test("decode() follows Korean text over line ends, where the set is designated again (PS3.5 I.3)", () => {
  const lines =
    "\x1b$)CThe 1st line includes \xb1\xe6\xb5\xbf.\r\n\x1b$)CThe 2nd line includes \xb1\xe6\xb5\xbf, too.\r\nThe 3rd.";
  assert.deepEqual(decode(["ISO 2022 IR 6", "ISO 2022 IR 149"], lines, "LT"), {
    text: "The 1st line includes 길동.\r\nThe 2nd line includes 길동, too.\r\nThe 3rd.",
    warnings: [],
  });
});

Deno.test("decode() keeps bytes 5C, 5E and 3D inside characters apart from delimiters", () => {
  // ESC $ B, then 3D 5C 3D 5E: two characters of JIS X 0208.
  assert.deepEqual(decode(["", "ISO 2022 IR 87"], "\x1b$B=\x5c=\x5e\x1b(B^a\\b"), { text: "旬殉^a\\b", warnings: [] });
  // GB18030 81 5C is one character.
  assert.deepEqual(decode(["GB18030"], "\x81\x5c\\\x81\x5c", "LO").text.split("\\").length, 2);
});

Deno.test("decode() brings back the initial sets at delimiters and control characters", () => {
  const terms = ["ISO 2022 IR 100", "ISO 2022 IR 144"];
  for (const delimiter of ["\\", "^", "=", "\r", "\n", "\f", "\t"]) {
    assert.equal(decode(terms, `\x1b-L\xbb${delimiter}\xe9`).text, `Л${delimiter}é`);
  }
  assert.equal(decode(terms, "\x1b-L\xbb^\xbb", "LO").text, "Л^Л", "^ delimits in PN alone");
  assert.equal(decode(terms, "\x1b-L\xbb\\\xbb", "UT").text, "Л\\Л", "\\ delimits where there may be several values");
  assert.equal(
    decode(["", "ISO 2022 IR 87"], "\x1b$B;3\r\nED", "LT").text,
    "山\r\nED",
    "even when G0 has two bytes a character",
  );
});

Deno.test("decode() marks bytes without a character by U+FFFD and one warning", () => {
  const { text, warnings } = decode([], "Buc^J\xe9r\xf4me");
  assert.equal(text, "Buc^J\uFFFDr\uFFFDme");
  assert.deepEqual(warnings, ["bytes that have no character in ISO-IR 6 became U+FFFD: 2, the first 0xE9 at offset 5"]);
  assert.equal(decode(["ISO_IR 192"], "a\xe9b").text, "a\uFFFDb");
  assert.equal(decode(["ISO_IR 192"], "a\xe9b").warnings.length, 1);
  assert.equal(decode(["ISO_IR 192"], "\xef\xbf\xbd").warnings.length, 0, "U+FFFD that was sent is no damage");
  assert.equal(decode(["GB18030"], "a\xff").text, "a\uFFFD");
  assert.equal(decode(["ISO_IR 127"], "\xa1").text, "\uFFFD");
  assert.equal(decode(["ISO_IR 100"], "\x92").text, "\uFFFD", "C1 control characters are not used");
});

Deno.test("decode() loses no delimiter to half a character", () => {
  assert.deepEqual(decode(["", "ISO 2022 IR 149"], "\x1b$)C\xb1^\x1b$)C\xb1\xe6").text, "\uFFFD^길");
  assert.deepEqual(decode(["", "ISO 2022 IR 87"], "\x1b$B;\n;").text, "\uFFFD\n;");
  assert.deepEqual(decode(["", "ISO 2022 IR 87"], "\x1b$B;").text, "\uFFFD");
});

Deno.test("decode() follows escape sequences that are not declared, with a warning", () => {
  assert.deepEqual(decode([], "\x1b$B;3ED\x1b(B"), {
    text: "山田",
    warnings: ["ISO-IR 87 is designated by ESC $B, which Specific Character Set does not declare"],
  });
  assert.equal(decode(["ISO_IR 100"], "\x1b(I1\x1b(B").text, "ｱ");
  assert.equal(decode(["ISO_IR 100"], "\x1b$@;3\x1b(B").text, "山");
});

Deno.test("decode() marks an escape sequence that means nothing by one U+FFFD", () => {
  assert.equal(decode(["ISO_IR 100"], "a\x1b%Gb").text, "a\uFFFDb");
  assert.equal(decode(["ISO_IR 100"], "a\x1b[b").text, "a\uFFFDb");
  assert.equal(decode([], "a\x1b").text, "a\uFFFD");
  assert.equal(decode([], "a\x1b\x1b(Bb").text, "a\uFFFDb");
});

Deno.test("decode() reads a declared set of G1 without its escape sequence, with a warning", () => {
  assert.deepEqual(decode(["ISO 2022 IR 149"], "\xc8\xab^\xb1\xe6\xb5\xbf"), {
    text: "홍^길동",
    warnings: ["ISO-IR 149 is used without its escape sequence"],
  });
  assert.equal(
    decode(["", "ISO 2022 IR 149"], "\x1b$)C\xc8\xab^\xb1\xe6\xb5\xbf").text,
    "홍^길동",
    "after a delimiter too",
  );
});

Deno.test("decode() gives the characters of JIS X 0208, not those of a Windows code page", () => {
  assert.equal(decode(["", "ISO 2022 IR 87"], '\x1b$B!A!B!]!q!r"L\x1b(B').text, "〜‖−¢£¬");
  assert.equal(decode(["", "ISO 2022 IR 87"], "\x1b$B-!\x1b(B").text, "①", "vendors' additions are read");
});

Deno.test("encode() takes both Unicode forms of a JIS character, and writes no vendor's addition", () => {
  const japanese = characterSet(["", "ISO 2022 IR 87"]);
  assert.deepEqual(japanese.encode("〜～−－"), bytes("\x1b$B!A!A!]!]\x1b(B"));
  assert.throws(() => japanese.encode("①"), DataSetError);
});

Deno.test("encode() names the character that the set does not have", () => {
  assert.throws(() => characterSet([]).encode("Jérôme"), {
    name: "DataSetError",
    message: 'Cannot encode text: "é" (U+00E9) at index 1 is not in ISO-IR 6',
    expected: "characters of ISO-IR 6",
  });
  assert.throws(() => characterSet(["GBK"]).encode("\u{20000}"), /U\+20000/);
  assert.throws(() => characterSet(["ISO_IR 192"]).encode("a\uD800"), /U\+D800/);
  assert.throws(() => characterSet(["GB18030"]).encode("\uDC00"), /U\+DC00/);
  assert.throws(() => characterSet(["ISO_IR 100"]).encode("\x1b"), /U\+001B/);
  assert.throws(() => characterSet(["ISO_IR 13"]).encode("¥", "LO"), /U\+00A5/, "its code is the delimiter");
});

Deno.test("encode() writes a replacement when one is given", () => {
  const replacement = "?";
  assert.deepEqual(characterSet(["ISO_IR 100"]).encode("éЛ", "LO", { replacement }), bytes("\xe9?"));
  assert.deepEqual(characterSet(["GBK"]).encode("王\u{20000}", "LO", { replacement }), bytes("\xcd\xf5?"));
  assert.deepEqual(characterSet(["ISO_IR 192"]).encode("\uD800", "LO", { replacement }), bytes("?"));
  assert.throws(() => characterSet([]).encode("é", "LO", { replacement: "Л" }), DataSetError);
});

const MISSPELLED: readonly [string[], string[]][] = [
  [["ISO-IR 100"], ["ISO_IR 100"]],
  [["ISO IR 192"], ["ISO_IR 192"]],
  [["iso_ir 144"], ["ISO_IR 144"]],
  [["ISO_IR100"], ["ISO_IR 100"]],
  [["utf8"], ["ISO_IR 192"]],
  [["UTF-8"], ["ISO_IR 192"]],
  [["gb18030"], ["GB18030"]],
  [["ISO 8859-1"], ["ISO_IR 100"]],
  [["ISO8859-15"], ["ISO_IR 203"]],
  [["", "ISO-2022-IR-87"], ["ISO 2022 IR 6", "ISO 2022 IR 87"]],
  [["ISO_IR 87"], ["ISO 2022 IR 6", "ISO 2022 IR 87"]],
  [["ISO_IR 100", "ISO 2022 IR 87"], ["ISO 2022 IR 100", "ISO 2022 IR 87"]],
  [["ISO 2022 IR 149"], ["ISO 2022 IR 6", "ISO 2022 IR 149"]],
  [["", "ISO_IR 192"], ["ISO_IR 192"]],
  [["ISO_IR 192", "ISO 2022 IR 87"], ["ISO_IR 192"]],
  [["ISO 2022 IR 100", "GB18030"], ["ISO 2022 IR 100"]],
  [["ISO_IR 999"], []],
  [["nonsense", "ISO 2022 IR 87"], ["ISO 2022 IR 6", "ISO 2022 IR 87"]],
  [Array.from({ length: 1000 }, () => "ISO 2022 IR 6"), []],
];

Deno.test("encode() refuses in GBK what only GB18030 has, which decode() reads with a warning", () => {
  const gbk = characterSet(["GBK"]);
  const gb18030 = characterSet(["GB18030"]);
  // The euro, a vertical form, ideographic description, a radical, private use; codes of four bytes.
  for (const text of ["€", "︐", "⿰", "⺁", "\ue000", "ǹ", "ḿ", "ö", "\u{20000}"]) {
    assert.throws(() => gbk.encode(`王${text}`), { name: "DataSetError", message: /is not in GBK$/ }, text);
    assert.equal(gb18030.decode(gb18030.encode(text)), text);
  }
  // What is beside them in the tables is in both.
  for (const text of ["〇", "︵", "ɡ", "ň", "ⅰ", "〡", "兀"]) {
    assert.deepEqual(gbk.encode(text), gb18030.encode(text), text);
    assert.equal(gbk.decode(gbk.encode(text)), text);
  }
  const added = ["it has characters of GB18030 that GBK does not have"];
  assert.deepEqual(decode(["GBK"], "\xcd\xf5\xa2\xe3"), { text: "王€", warnings: added });
  assert.deepEqual(decode(["GBK"], "\xcd\xf5\x81\x30\x84\x36"), { text: "王¥", warnings: added });
  assert.deepEqual(decode(["GBK"], "\xcd\xf5 a0"), { text: "王 a0", warnings: [] });
  assert.deepEqual(decode(["GB18030"], "\xa2\xe3"), { text: "€", warnings: [] });
});

Deno.test("decode() tells what is lost from what is only not as it should be", () => {
  const lossy = (terms: string[], text: string) => {
    const heard: boolean[] = [];
    characterSet(terms).decode(bytes(text), "LO", { warn: (_message, lossy) => heard.push(lossy) });
    return heard;
  };
  assert.deepEqual(lossy([], "M\xfcller"), [true]);
  assert.deepEqual(lossy(["ISO_IR 192"], "M\xfcller"), [true]);
  assert.deepEqual(lossy(["ISO_IR 192"], "\xef\xbf\xbd"), []);
  assert.deepEqual(lossy(["GBK"], "\xff"), [true]);
  assert.deepEqual(lossy(["", "ISO 2022 IR 149"], "\xb0\xa1"), [false]);
  assert.deepEqual(lossy([], "\x1b-A\xfc"), [false]);
});

Deno.test("characterSet() takes misspelt and wrong declarations for what they stand for, with a warning", () => {
  for (const [given, terms] of MISSPELLED) {
    const set = characterSet(given);
    assert.deepEqual(set.terms, terms, given.slice(0, 4).join("\\"));
    assert.ok(set.warnings.length > 0, given.slice(0, 4).join("\\"));
  }
  assert.match(
    characterSet(["ISO-IR 100"]).warnings[0] ?? "",
    /^"ISO-IR 100" in Specific Character Set is read as ISO_IR 100$/,
  );
});

Deno.test("characterSet() takes padding, and no declaration at all, without a warning", () => {
  for (const given of [[], [""], ["ISO_IR 100 "], [" ISO_IR 100"], ["ISO_IR 100\0"], ["", "ISO 2022 IR 87 "]]) {
    assert.deepEqual(characterSet(given).warnings, []);
  }
});

/** Terms with ranges of characters that each must take there and back. */
const REPERTOIRES: readonly [string[], string][] = [
  [["ISO_IR 100"], "azÀÿ"],
  [["ISO_IR 101"], "aząŁ"],
  [["ISO_IR 109"], "azĦħ"],
  [["ISO_IR 110"], "azĸŋ"],
  [["ISO_IR 144"], "azЁўАя"],
  [["ISO_IR 127"], "azءيـ"],
  [["ISO_IR 126"], "azΑώ"],
  [["ISO_IR 138"], "azאת"],
  [["ISO_IR 148"], "azğİ"],
  [["ISO_IR 203"], "azŽ€"],
  [["ISO_IR 166"], "azกฮ"],
  [["ISO_IR 13"], "azｱﾝ"],
  [["ISO_IR 192"], "az\u{1F600}王\uFEFF"],
  [["GB18030"], "az王\u{1F600}é한"],
  [["GBK"], "az王東"],
  [["ISO 2022 IR 6", "ISO 2022 IR 58"], "az张东"],
  [["ISO 2022 IR 6", "ISO 2022 IR 149"], "az홍길洪"],
  [["ISO 2022 IR 6", "ISO 2022 IR 87", "ISO 2022 IR 159"], "az山あЯ丂"],
  [["ISO 2022 IR 13", "ISO 2022 IR 87"], "az山ｱﾞ"],
  [["ISO 2022 IR 100", "ISO 2022 IR 144", "ISO 2022 IR 126", "ISO 2022 IR 149", "ISO 2022 IR 87"], "azéЛΩ한山"],
];

for (const [terms, letters] of REPERTOIRES) {
  Deno.test(`encode() then decode() gives the same text in ${terms.join("\\")}`, () => {
    const set = characterSet(terms);
    const characters = [...letters, ..." .^=\\\r\n\t\f"];
    const vr = fc.constantFrom<TextVr>("PN", "LO", "LT");
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...characters)), vr, (chosen, vr) => {
        // ISO-IR 14 has no backslash where that is no delimiter.
        const text = chosen.filter((each) => each !== "\\" || vr !== "LT").join("");
        const warnings: string[] = [];
        assert.equal(set.decode(set.encode(text, vr), vr, { warn: (message) => warnings.push(message) }), text);
        assert.deepEqual(warnings, []);
      }),
      { seed: 42 },
    );
  });
}

Deno.test("encode() then decode() gives every character of each set back", () => {
  // Two Unicode forms of one JIS character come back as the one that the register's set has.
  const secondForms = "～∥－￠￡￢";
  for (const [terms] of REPERTOIRES) {
    const set = characterSet(terms);
    let taken = 0;
    for (let first = 0x20; first < 0x10000; first += 0x20) {
      const block = String.fromCharCode(...Array.from({ length: 0x20 }, (_, index) => first + index));
      const encoded = set.encode(block, "ST", { replacement: "" });
      const text = set.decode(encoded, "ST");
      assert.deepEqual(set.encode(text, "ST"), encoded);
      const fromElsewhere = [...text].filter((character) => !block.includes(character));
      const secondFormsHere = [...block].filter((character) => secondForms.includes(character));
      assert.ok(
        fromElsewhere.length <= secondFormsHere.length,
        `${terms.join("\\")} U+${first.toString(16)}: ${fromElsewhere}`,
      );
      taken += text.length;
    }
    assert.ok(taken > 100, terms.join("\\"));
  }
});

Deno.test("decode() takes any bytes in any character set, and its text is never longer than they are", () => {
  const terms = fc.constantFrom(...REPERTOIRES.map(([terms]) => terms), [], ["ISO_IR 6"], ["x", "y"]);
  const escapes = fc.constantFrom(
    ..."\x1b$()-,ABCDIJLT\\^=\n;3\xb1\xe6\xff\x80".split("").map((each) => each.charCodeAt(0)),
  );
  const content = fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), escapes), { maxLength: 64 });
  fc.assert(
    fc.property(terms, content, fc.constantFrom<TextVr>("PN", "LO", "UT"), (terms, content, vr) => {
      assert.ok(characterSet(terms).decode(Uint8Array.from(content), vr).length <= content.length);
    }),
    { seed: 42, numRuns: 2000 },
  );
});

Deno.test("decode() reads a part of the bytes as it reads that part alone", () => {
  const text = "ABC\\123 ".repeat(12) + "Müller ".repeat(4);
  const characters = characterSet(["ISO_IR 100"]);
  const bytes = characters.encode(text);
  for (let start = 0; start < bytes.length; start += 3) {
    for (let end = start; end <= bytes.length; end++) {
      assert.equal(characters.decode(bytes, "LT", { start, end }), text.slice(start, end));
      assert.equal(characters.decode(bytes.subarray(start, end), "LT"), text.slice(start, end));
    }
  }
});

Deno.test("decode() takes long text", () => {
  const text = "é".repeat(100_000);
  assert.equal(characterSet(["ISO_IR 100"]).decode(bytes(text.replaceAll("é", "\xe9")), "UT"), text);
});
