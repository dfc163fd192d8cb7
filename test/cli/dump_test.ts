import assert from "node:assert/strict";
import { dump } from "../../src/cli/dump.ts";
import { listDataSet } from "../../src/cli/listing.ts";
import { EncapsulatedElement, ValueElement } from "../../src/dicom/data_set/data_element.ts";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { writeFile } from "../../src/dicom/data_set/write_file.ts";
import { temporaryFolder } from "../support/folders.ts";
import { run as runProcess } from "../support/process.ts";
import { capture, fakeTerminal } from "./terminal.ts";

function example(): DataSet {
  const dataSet = new DataSet({
    SOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
    SOPInstanceUID: "2.25.1",
    PatientID: "42",
    ReferencedSeriesSequence: [{ SeriesInstanceUID: "2.25.3" }, {}],
    Rows: 512,
  });
  dataSet.set(0x0009_0010, "ACME 1.1", { vr: "LO" }).set(0x0009_1001, "a value", { vr: "LO" });
  dataSet.setElement(new EncapsulatedElement(0x7FE0_0010, "OB", [new Uint8Array(0), new Uint8Array(1000)]));
  return dataSet;
}

/** Runs the command on files with these contents. */
async function run(files: readonly Uint8Array[], ...args: string[]) {
  const folder = await Deno.makeTempDir();
  try {
    for (const [index, bytes] of files.entries()) await Deno.writeFile(`${folder}/${index}.dcm`, bytes);
    const terminal = fakeTerminal();
    const code = await dump.execute([...args, files.length === 1 ? `${folder}/0.dcm` : folder], terminal);
    return { code, out: terminal.out.lines(), err: terminal.err.text().replaceAll(folder, ""), folder };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const file = () => writeFile({ dataSet: example(), transferSyntax: "1.2.840.10008.1.2.4.50" });

Deno.test("listDataSet() gives a line an element, items indented, private ones with their creator", () => {
  assert.deepEqual([...listDataSet(example(), { output: capture({ columns: 100 }), full: false })], [
    "(0008,0016) UI       26  SOPClassUID                       1.2.840.10008.5.1.4.1.1.2 (CT Image Stor…",
    "(0008,0018) UI        6  SOPInstanceUID                    2.25.1",
    "(0008,1115) SQ  2 items  ReferencedSeriesSequence",
    "  Item 0",
    "    (0020,000E) UI        6  SeriesInstanceUID                 2.25.3",
    "  Item 1",
    "(0009,0010) LO        8  PrivateCreator                    ACME 1.1",
    "(0009,1001) LO        8  [ACME 1.1]                        a value",
    "(0010,0020) LO        2  PatientID                         42",
    "(0028,0010) US        2  Rows                              512",
    "(7FE0,0010) OB   2 frag  PixelData                         1 kB",
  ]);
});

Deno.test("listDataSet() escapes what could act on a terminal, and shortens what is long unless told not to", () => {
  const dataSet = new DataSet();
  const text = new TextEncoder().encode(`\x07red ${"x".repeat(300)}`);
  dataSet.setElement(new ValueElement(0x0010_4000, "LT", text));
  const [short = ""] = listDataSet(dataSet, { output: capture({ columns: 80 }), full: false });
  assert.match(short, /\\u0007red x+…$/);
  assert.ok(!short.includes("\x07"));
  const [full = ""] = listDataSet(dataSet, { output: capture({ columns: 80 }), full: true });
  assert.ok(full.endsWith("x".repeat(300)), full);
});

Deno.test("gantry dump prints meta information and data set", async () => {
  const { code, out, err } = await run([file()]);
  assert.equal(code, 0);
  assert.equal(err, "");
  assert.ok(out[0]?.startsWith("(0002,0000) UL"), out[0]);
  assert.ok(out.some((line) => line.includes("PatientID")));
});

Deno.test("gantry dump -k prints chosen attributes, by keyword, tag and path", async () => {
  const { code, out } = await run(
    [file()],
    ...["-k", "PatientID", "-k", "(0028,0010)", "-k", "ReferencedSeriesSequence[0].SeriesInstanceUID", "-k", "StudyID"],
  );
  assert.equal(code, 0);
  assert.deepEqual(out.map((line) => line.split(/\s+/).at(-1)), ["42", "512", "2.25.3"]);
});

Deno.test("gantry dump - reads stdin", async () => {
  using folder = temporaryFolder();
  Deno.writeFileSync(`${folder.path}/file`, file());
  const cli = new URL("../../cli.ts", import.meta.url).href;
  const script = `exec "$0" run --quiet -A "$1" dump - -k PatientID < "$2"`;
  const { code, stdout, stderr } = await runProcess("sh", ["-c", script, Deno.execPath(), cli, `${folder.path}/file`]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^\(0010,0020\) LO +2 +PatientID +42\n$/);
});

Deno.test("listDataSet() colours where colours are welcome, and the text stays the same", () => {
  const lines = (
    colour: boolean,
  ) => [...listDataSet(example(), { output: capture({ columns: 100, colour }), full: false })];
  const coloured = lines(true);
  // deno-lint-ignore no-control-regex -- escape sequences are what is looked for
  const sequence = /\x1b\[\d+m/g;
  assert.ok(coloured.some((line) => sequence.test(line)));
  assert.deepEqual(coloured.map((line) => line.replaceAll(sequence, "")), lines(false));
});

Deno.test("gantry dump --json prints the JSON model, a line a file, with bulk data by its place", async () => {
  const { code, out, folder } = await run([file(), file()], "--json");
  assert.equal(code, 0);
  assert.equal(out.length, 2);
  const model = JSON.parse(out[1]!);
  assert.deepEqual(model["00100020"], { vr: "LO", Value: ["42"] });
  assert.deepEqual(model["7FE00010"], { vr: "OB", BulkDataURI: `file://${folder}/1.dcm#7fe00010` });
});

Deno.test("gantry dump prints what it could read of a broken file, then the error, and goes on", async () => {
  const whole = file();
  const { code, out, err } = await run([whole.subarray(0, whole.length - 20), new TextEncoder().encode("no"), whole]);
  assert.equal(code, 1);
  assert.equal(out.filter((line) => line.includes("PatientID")).length, 2);
  assert.match(err, /0\.dcm: Cannot read the data set: .* at offset \d+: its value ends after .* \(PixelData\[1\]\)/);
  assert.match(err, /1\.dcm: Cannot read/);
});

Deno.test("gantry dump refuses a key that names no attribute before it reads anything", async () => {
  await assert.rejects(run([file()], "-k", "PatientNam"), /"PatientNam" is no keyword or tag/);
});
