import assert from "node:assert/strict";
import fc from "fast-check";
import { DataSet } from "../../../../src/dicom/data_set/data_set.ts";
import {
  type FileInput,
  readFile,
  readFileAsFarAsWhole,
  readFileFrom,
} from "../../../../src/dicom/data_set/reading/read_file.ts";
import { writeFile } from "../../../../src/dicom/data_set/writing/write_file.ts";
import { fileMetaInformation } from "../../../../src/dicom/part10.ts";
import * as UID from "../../../../src/dicom/generated/uid.ts";
import { DataSetError, LimitError } from "../../../../src/errors.ts";
import { bytesOf, element, EXPLICIT, header, item, sequence } from "../../encoding/elements.ts";
import { pieces } from "../../encoding/scanning.ts";
import { outline } from "../outline.ts";

const META = fileMetaInformation({
  sopClassUid: UID.CTImageStorage,
  sopInstanceUid: "1.2.3",
  transferSyntax: UID.JPEGBaseline8Bit,
});

/** A file with something of each kind, the last of it encapsulated Pixel Data. */
function makeFile(): Uint8Array<ArrayBuffer> {
  const code = element(EXPLICIT, 0x0008_0100, "SH", "CODE");
  return bytesOf(
    META,
    element(EXPLICIT, 0x0008_0018, "UI", "1.2.3\0"),
    sequence(EXPLICIT, 0x0040_a730, [item(EXPLICIT, code, "defined"), item(EXPLICIT, code, "undefined")], "undefined"),
    element(EXPLICIT, 0x0042_0011, "OB", new Uint8Array(300).fill(7)),
    header(EXPLICIT, 0x7fe0_0010, "OB", 0xffff_ffff),
    header(EXPLICIT, 0xfffe_e000, "", 0),
    header(EXPLICIT, 0xfffe_e000, "", 4),
    [0xff, 0xd8, 0xff, 0xd9],
    header(EXPLICIT, 0xfffe_e000, "", 6),
    [0xff, 0xd8, 1, 2, 0xff, 0xd9],
    header(EXPLICIT, 0xfffe_e0dd, "", 0),
  );
}

/** The same bytes on every way in. */
function inputs(bytes: Uint8Array<ArrayBuffer>): FileInput[] {
  return [
    bytes,
    new Blob([bytes]),
    ReadableStream.from(pieces(bytes, 1)),
    ReadableStream.from(pieces(bytes, 100, 7)),
  ];
}

Deno.test("readFileAsFarAsWhole() gives a whole file without an error", async () => {
  const bytes = makeFile();
  for (const input of inputs(bytes)) {
    const { file, error } = await readFileAsFarAsWhole(input);
    assert.equal(error, undefined);
    assert.equal(file?.transferSyntax, UID.JPEGBaseline8Bit);
    assert.equal(file.dataSet.size, 4);
  }
});

Deno.test("readFileAsFarAsWhole() gives what is whole of a file that is cut anywhere, and where the damage is", async () => {
  const bytes = makeFile();
  const whole = readFile(bytes);
  const lines = outline(whole.dataSet);
  for (let length = META.length; length < bytes.length; length++) {
    for (const input of inputs(bytes.slice(0, length))) {
      const { file, error } = await readFileAsFarAsWhole(input, { referenceAbove: Infinity });
      assert.equal(file?.transferSyntax, UID.JPEGBaseline8Bit);
      assert.deepEqual(outline(file.meta), outline(whole.meta));
      if (error === undefined) continue; // Between elements.
      assert.ok(error instanceof DataSetError, String(error));
      assert.ok(typeof error.offset === "number" && error.offset <= length - META.length && error.path !== undefined);
      const read = outline(file.dataSet);
      // The last line is of what the damage is in: of encapsulated Pixel Data it has the fragments before it.
      assert.deepEqual(read.slice(0, -1), lines.slice(0, Math.max(0, read.length - 1)));
      if (read.length > 0) {
        assert.ok(lines[read.length - 1]!.startsWith(read.at(-1)!.replace(/ $/, "")), `${length} bytes`);
      }
    }
  }
});

Deno.test("readFileAsFarAsWhole() never gives a value or a fragment that was left in a source and isn't whole", async () => {
  const bytes = makeFile();
  const valueEnd = bytes.lastIndexOf(7) + 1;
  for (let length = META.length; length < bytes.length; length++) {
    const { file, error } = await readFileAsFarAsWhole(new Blob([bytes.slice(0, length)]), { referenceAbove: 10 });
    const document = file!.dataSet.element("EncapsulatedDocument");
    assert.equal(document?.kind, length >= valueEnd ? "referenced" : undefined, `${length} bytes`);
    const pixelData = file!.dataSet.element("PixelData");
    if (pixelData?.kind === "encapsulated") {
      for (const fragment of pixelData.fragments) {
        const value = fragment instanceof Uint8Array ? fragment : await new Response(fragment.stream()).bytes();
        assert.equal(value.length, fragment.length);
      }
    }
    if (length === valueEnd - 1) {
      assert.match(error!.message, /EncapsulatedDocument .* its value ends after 299 of 300 bytes/);
    }
  }
});

Deno.test("readFileAsFarAsWhole() gives the elements of meta information before the damage", async () => {
  const whole = readFile(makeFile());
  const ends = new Set([144, 158]);
  for (let end = 158; end < META.length; ends.add(end)) end += 8 + META[end + 6]!;
  for (let length = 133; length < META.length; length++) {
    for (const input of inputs(META.slice(0, length))) {
      const { file, error } = await readFileAsFarAsWhole(input);
      const meta = outline(file!.meta);
      // Between two elements it is taken for whole: a wrong group length is more common.
      assert.ok(error instanceof DataSetError || ends.has(length), `${length} bytes`);
      assert.deepEqual(meta, outline(whole.meta).slice(0, meta.length));
      assert.equal(file!.dataSet.size, 0);
    }
  }
  const { file, error } = await readFileAsFarAsWhole(META.slice(0, META.length - 1));
  assert.equal(file?.transferSyntax, UID.JPEGBaseline8Bit);
  assert.match(
    error!.message,
    /its meta information ends inside ImplementationVersionName \(0002,0013\) at offset \d+$/,
  );
});

Deno.test("readFileAsFarAsWhole() gives no file where there is no DICOM, and says so", async () => {
  for (const bytes of [bytesOf(), bytesOf("GET / HTTP/1.1\r\n\r\n"), new Uint8Array(1000)]) {
    for (const input of inputs(bytes)) {
      const { file, error } = await readFileAsFarAsWhole(input);
      assert.equal(file, undefined);
      assert.match(error!.message, /^Cannot read the file: it is no DICOM, it has no (bytes|transfer syntax)/);
    }
  }
});

Deno.test("readFileAsFarAsWhole() throws nothing, and gives the same on every way in, whatever is changed", async () => {
  const base = makeFile();
  const changes = fc.array(fc.tuple(fc.integer({ min: 128, max: base.length - 1 }), fc.nat(255)), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(changes, fc.nat(40), async (changes, cut) => {
      const bytes = base.slice(0, base.length - cut);
      for (const [index, byte] of changes) bytes[index] = byte;
      const results = [];
      for (const input of inputs(bytes)) {
        const { file, error } = await readFileAsFarAsWhole(input, {
          referenceAbove: Infinity,
          maxValueLength: 10_000,
        });
        assert.ok(error === undefined || error instanceof DataSetError || error instanceof LimitError, String(error));
        results.push([file?.transferSyntax, file && outline(file.meta), file?.dataSet.size, error?.message]);
      }
      for (const result of results) assert.deepEqual(result, results[0]);
    }),
    { seed: 42, numRuns: 300 },
  );
});

Deno.test("readFileAsFarAsWhole() tells a passed limit, and what a source fails with", async () => {
  const bytes = makeFile();
  const limited = await readFileAsFarAsWhole(bytes, { maxElements: 1 });
  assert.ok(limited.error instanceof LimitError && limited.error.limit === "maxElements");
  assert.equal(limited.file?.dataSet.getText("SOPInstanceUID"), "1.2.3");
  for (const length of [0, 200, META.length + 20]) {
    const failing = (async function* () {
      yield bytes.subarray(0, length);
      throw new Error("the disk is gone");
    })();
    const { file, error } = await readFileAsFarAsWhole(failing);
    assert.equal(error?.message, "the disk is gone");
    assert.equal(file === undefined, length === 0);
    assert.equal(file?.dataSet.getText("SOPInstanceUID"), length > META.length ? "1.2.3" : undefined);
  }
});

Deno.test("readFileAsFarAsWhole() settles the signs of pixel values, however the file ends", async () => {
  const bytes = writeFile({
    dataSet: new DataSet({ SOPClassUID: "1.2", SOPInstanceUID: "1.2.3", PixelRepresentation: 1, PixelData: [1, 2] }),
  }, { transferSyntax: UID.ImplicitVRLittleEndian });
  const smallest = bytesOf([0x28, 0, 0x06, 0x01, 2, 0, 0, 0, 0xff, 0xff]);
  const at = bytes.length - 10 - 10;
  const cut = bytesOf(bytes.subarray(0, at), bytes.subarray(at, at + 10), smallest, bytes.subarray(at + 10, -1));
  const { file, error } = await readFileAsFarAsWhole(cut);
  assert.match(error!.message, /PixelData/);
  assert.equal(file?.dataSet.get("SmallestImagePixelValue"), -1);
});

Deno.test("readFileFrom() takes what readFile() takes: bytes, options, and a value above 256 MiB", async () => {
  const bytes = makeFile();
  assert.deepEqual(outline((await readFileFrom(bytes)).dataSet), outline(readFile(bytes).dataSet));
  const warnings: [string[], string[]] = [[], []];
  const odd = bytesOf(bytes, [0]);
  readFile(odd, { stopAt: 0xffff_ffff, onWarning: ({ message }) => warnings[0].push(message) });
  await readFileFrom(odd, { stopAt: 0xffff_ffff, onWarning: ({ message }) => warnings[1].push(message) });
  assert.deepEqual(warnings[1], warnings[0]);
  await assert.rejects(readFileFrom(bytes, { maxLength: 10 }), LimitError);
  await assert.rejects(readFileFrom(new Blob([bytes]), { maxValueLength: 10, referenceAbove: Infinity }), LimitError);
  const large = header(EXPLICIT, 0x7fe0_0010, "OB", 0x1000_0002);
  const begun = ReadableStream.from([bytesOf(META, large, [1, 2])]);
  await assert.rejects(readFileFrom(begun), /its value ends after 2 of 268435458 bytes/);
  const tooLarge = ReadableStream.from([bytesOf(META, header(EXPLICIT, 0x7fe0_0010, "OB", 0x4000_0002))]);
  await assert.rejects(readFileFrom(tooLarge), LimitError);
});

Deno.test("a value that comes in pieces takes no memory that its bytes don't, whatever its length claims", async () => {
  const claimed = 0x3fff_fff0;
  const chunks = (function* () {
    yield bytesOf(META, header(EXPLICIT, 0x7fe0_0010, "OB", claimed));
    for (let count = 0; count < 16; count++) yield new Uint8Array(0x1_0000).fill(count);
  })();
  const before = Deno.memoryUsage().external;
  await assert.rejects(readFileFrom(ReadableStream.from(chunks)), /its value ends after 1048576 of 1073741808 bytes/);
  assert.ok(Deno.memoryUsage().external - before < 64 * 0x10_0000);
});
