import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { dump } from "../../../src/cli/commands/dump.ts";
import { listDataSet } from "../../../src/cli/output/listing.ts";
import { EncapsulatedElement, ValueElement } from "../../../src/dicom/data_set/data_element.ts";
import { type DataElement, DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { writeFile } from "../../../src/dicom/data_set/writing/write_file.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { peerTest } from "../../support/peers.ts";
import { run as runProcess } from "../../support/process.ts";
import { capture, fakeTerminal } from "../terminal.ts";

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
  const cli = new URL("../../../cli.ts", import.meta.url).href;
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

Deno.test("listDataSet() never shows a part of a UID", () => {
  const uid = `1.2.${"3".repeat(60)}`;
  const list = (value: string | string[], columns: number) => {
    const dataSet = new DataSet({ RelatedGeneralSOPClassUID: value });
    return [...listDataSet(dataSet, { output: capture({ columns }), full: false })][0]!.split(/ {2,}/).at(-1);
  };
  for (let columns = 60; columns < 180; columns++) {
    assert.equal(list([uid], columns), uid);
    for (const part of list([uid, "1.2.840", uid], columns)!.split(/[\\…]/)) {
      assert.ok(["", uid, "1.2.840"].includes(part), part);
    }
  }
});

Deno.test("gantry dump marks values that are not there, of every kind, and exits 1", async () => {
  const dataSet = (element?: DataElement) => {
    const made = example();
    made.delete(0x7FE0_0010);
    return element === undefined ? made : made.setElement(element);
  };
  const native = { transferSyntax: "1.2.840.10008.1.2.1" };
  const large = writeFile({
    dataSet: dataSet(new ValueElement(0x7FE0_0010, "OW", new Uint8Array(100_000))),
    ...native,
  });
  const small = writeFile({ dataSet: dataSet(new ValueElement(0x7FE0_0010, "OW", new Uint8Array(1000))), ...native });
  const fragments = [new Uint8Array(0), new Uint8Array(100), new Uint8Array(100_000)];
  const encapsulated = writeFile({
    dataSet: dataSet(new EncapsulatedElement(0x7FE0_0010, "OB", fragments)),
    transferSyntax: "1.2.840.10008.1.2.4.50",
  });
  for (
    const [bytes, line] of [
      [large.subarray(0, -40_000), /^\(7FE0,0010\) -- +PixelData +not there$/],
      [large.subarray(0, -100_000), /^\(7FE0,0010\) -- +PixelData +not there$/],
      [small.subarray(0, -1), /^\(7FE0,0010\) -- +PixelData +not there$/],
      [encapsulated.subarray(0, -50_008), /^\(FFFE,E000\) -- +Item +not there$/],
      [encapsulated.subarray(0, -8), /^\(7FE0,0010\) OB +3 frag +PixelData +100 kB$/],
    ] as const
  ) {
    const { code, out, err } = await run([bytes]);
    assert.equal(code, 1);
    assert.match(out.at(-1)!, line);
    assert.ok(out.some((line) => line.startsWith("(0002,0010) UI")), "meta information");
    assert.ok(out.some((line) => / PatientID +42$/.test(line)), "what is whole");
    assert.match(err, /^gantry: \/0\.dcm: Cannot read the data set: .*PixelData.*\n$/);
    for (const format of ["--json", "--xml"]) {
      const { code, out } = await run([bytes], format);
      assert.equal(code, 1);
      const text = out.slice(0, format === "--json" ? 1 : undefined).join("\n");
      assert.deepEqual([/00100020/.test(text), /7FE00010/.test(text)], [true, false]);
    }
  }
});

Deno.test("gantry dump shows the meta information of a file that ends in it, and of one that is nothing else", async () => {
  const whole = writeFile({ dataSet: example(), transferSyntax: "1.2.840.10008.1.2.4.50" });
  const { code, out, err } = await run([whole.subarray(0, 260)]);
  assert.equal(code, 1);
  assert.ok(out.length >= 3 && out.every((line) => line.startsWith("(0002,")), out.join("\n"));
  assert.match(err, /Cannot read the file: its meta information ends inside .* at offset \d+\n$/);
});

for (
  const [what, bytes] of [
    ["nothing", new Uint8Array(0)],
    ["a few zeros", new Uint8Array(3)],
    ["many zeros", new Uint8Array(100_000)],
    ["text", new TextEncoder().encode("Not DICOM, but text that is long enough")],
  ] as const
) {
  Deno.test(`gantry dump says in one line that ${what} is no DICOM, and exits 1`, async () => {
    const { code, out, err } = await run([bytes]);
    assert.deepEqual([code, out], [1, []]);
    assert.match(err, /^gantry: \/0\.dcm: Cannot read the file: .*\n$/);
  });
}

Deno.test("gantry dump goes on where a folder or file can't be read, names pipes, and exits 1", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  for (const name of ["a.dcm", "z.dcm"]) Deno.writeFileSync(`${path}/${name}`, file());
  Deno.symlinkSync("nowhere", `${path}/broken`);
  Deno.mkdirSync(`${path}/folder`);
  Deno.symlinkSync("folder", `${path}/link`);
  await runProcess("mkfifo", [`${path}/pipe`]);
  const call = async (...args: string[]) => {
    const terminal = fakeTerminal();
    const code = await dump.execute(["-k", "PatientID", ...args], terminal);
    return { code, out: terminal.out.lines(), err: terminal.err.text().replaceAll(`${path}/`, "") };
  };
  const all = await call(path, `${path}/none`, `${path}/a.dcm`);
  assert.equal(all.code, 1);
  assert.equal(all.out.filter((line) => line.includes("PatientID")).length, 3);
  assert.equal(
    all.err,
    "gantry: broken: No such file or directory\n" +
      "gantry: pipe: Skipped: It is a named pipe\n" +
      "gantry: none: No such file or directory\n",
  );
  const json = await call("--json", path);
  const objects = json.out.map((line) => JSON.parse(line)).filter(({ type }) => type !== undefined);
  assert.deepEqual(objects.map(({ type, path, ...rest }) => ({ type, name: path.split("/").at(-1), ...rest })), [
    { type: "file", name: "broken", outcome: "failed", reason: "No such file or directory" },
    { type: "file", name: "pipe", outcome: "skipped", reason: "It is a named pipe" },
  ]);
  Deno.removeSync(`${path}/broken`);
  assert.equal((await call(path)).code, 0, "a pipe in a folder was not asked for");
  assert.equal((await call(`${path}/pipe`)).code, 1, "a pipe that was named was");
  assert.equal((await call("/dev/null")).code, 1);
});

Deno.test({
  name: "gantry dump goes on behind a folder that it may not read, and exits 1",
  ignore: Deno.uid() === 0,
  async fn() {
    using folder = temporaryFolder();
    Deno.mkdirSync(`${folder.path}/a`, { mode: 0 });
    Deno.writeFileSync(`${folder.path}/b.dcm`, file());
    const terminal = fakeTerminal();
    assert.equal(await dump.execute([folder.path], terminal), 1);
    assert.match(terminal.err.text(), /\/a: Permission denied/);
    assert.match(terminal.out.text(), /PatientID/);
  },
});

Deno.test("gantry dump --xml prints the Native DICOM Model of one file, with bulk data by its place", async () => {
  const { code, out, folder } = await run([file()], "--xml");
  assert.equal(code, 0);
  const text = out.join("\n");
  assert.match(text, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<NativeDicomModel/);
  assert.match(text, /<DicomAttribute tag="00100020" keyword="PatientID" vr="LO">\n<Value number="1">42<\/Value>/);
  assert.ok(text.includes(`<BulkData uri="file://${folder}/0.dcm#7fe00010"/>`), text);
  assert.ok(text.endsWith("</NativeDicomModel>"));
  await assert.rejects(run([file(), file()], "--xml"), /Cannot print 2 files as XML/);
  await assert.rejects(run([file()], "--xml", "--json"), /expected one of them/);
});

Deno.test("gantry dump writes in large pieces, and stops when nobody reads any more", async () => {
  using folder = temporaryFolder();
  const dataSet = example();
  for (let block = 0x10; block < 0xf0; block++) {
    dataSet.set(0x0009_0000 + block, "ACME 1.1", { vr: "LO" });
    for (let element = 0; element < 100; element++) dataSet.set(0x0009_0000 + block * 256 + element, "x", { vr: "LO" });
  }
  const bytes = writeFile({ dataSet, transferSyntax: "1.2.840.10008.1.2.4.50" });
  for (const name of ["a", "b", "c"]) Deno.writeFileSync(`${folder.path}/${name}`, bytes);
  const terminal = fakeTerminal();
  const sizes: number[] = [];
  let closed = false;
  const out = {
    ...terminal.out,
    get closed() {
      return closed;
    },
    write(text: string) {
      sizes.push(text.length);
      closed = text.includes("(7FE0,0010)");
    },
  };
  assert.equal(await dump.execute([folder.path], { ...terminal, out }), 0);
  assert.ok(sizes.length > 10 && sizes.slice(1, -1).every((size) => size >= 65536), sizes.join());
  assert.equal(sizes.filter((size) => size < 200).length, 1, "one title");
});

Deno.test({
  name: "gantry dump keeps nothing of values that it doesn't show, be they in a file or on standard input",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = temporaryFolder();
    const path = `${folder.path}/large.dcm`;
    const dataSet = example().setElement(new ValueElement(0x7FE0_0010, "OW", new Uint8Array(0)));
    const header = writeFile({ dataSet, transferSyntax: "1.2.840.10008.1.2.1" });
    const length = 1 << 29;
    new DataView(header.buffer, header.byteOffset).setUint32(header.length - 4, length, true);
    Deno.writeFileSync(path, header);
    Deno.truncateSync(path, header.length + length);
    const child = fileURLToPath(new URL("children/dump_peak.ts", import.meta.url));
    for (const call of ['exec "$0" run -q -A "$1" "$2"', 'exec "$0" run -q -A "$1" - < "$2"']) {
      const { code, stdout, stderr } = await runProcess("sh", ["-c", call, Deno.execPath(), child, path]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /PixelData +537 MB\n$/);
      assert.ok(Number(stderr) < 200_000, `${stderr} kB`);
    }
  },
});

Deno.test(peerTest("gantry dump loses and repeats nothing on a pipe that doesn't block", ["perl"], async () => {
  using folder = temporaryFolder();
  const dataSet = example();
  for (let tag = 0x0009_1000; tag < 0x0009_9000; tag++) {
    dataSet.setElement(new ValueElement(tag, "LO", new TextEncoder().encode("value ")));
  }
  Deno.writeFileSync(`${folder.path}/a`, writeFile({ dataSet, transferSyntax: "1.2.840.10008.1.2.4.50" }));
  // The reader takes a line at a time, and so less than is written: the pipe is full most of the time.
  const script = "use Fcntl; pipe(R, W); fcntl(W, F_SETFL, fcntl(W, F_GETFL, 0) | O_NONBLOCK);" +
    "if (!fork) { close R; open(STDOUT, '>&', W); exec @ARGV } close W; print while <R>; wait; exit $? >> 8";
  const cli = fileURLToPath(new URL("../../../cli.ts", import.meta.url));
  const call = [Deno.execPath(), "run", "-q", "-A", cli, "dump", `${folder.path}/a`];
  const { code, stdout, stderr } = await runProcess("perl", ["-e", script, ...call]);
  assert.deepEqual([code, stderr], [0, ""]);
  const terminal = fakeTerminal();
  await dump.execute([`${folder.path}/a`], { ...terminal, out: { ...terminal.out, columns: () => 100 } });
  assert.ok(stdout === terminal.out.text(), `${stdout.length} instead of ${terminal.out.text().length} characters`);
}));

Deno.test("gantry dump warns of text that is not in its character set, with its path, in every form", async () => {
  const dataSet = new DataSet({ SOPClassUID: "1.2.840.10008.5.1.4.1.1.2", SOPInstanceUID: "2.25.1" });
  const latin = (text: string) => Uint8Array.from(text, (character) => character.codePointAt(0)!);
  dataSet.setElement(new ValueElement(0x0010_0010, "PN", latin("Mül ")));
  dataSet.set("ReferencedSeriesSequence", [{}]);
  dataSet.get("ReferencedSeriesSequence[0]")!.setElement(new ValueElement(0x0008_103E, "LO", latin("für ")));
  for (const form of [[], ["--json"], ["--xml"]]) {
    const { code, out, err } = await run([writeFile({ dataSet })], ...form);
    assert.equal(code, 0, form.join());
    assert.match(out.join("\n"), /M\ufffdl/u);
    assert.match(err, /Cannot rely on the text of PatientName \(0010,0010\): .* the first 0xFC at offset 1/);
    assert.match(err, /SeriesDescription \(0008,103E\).*ReferencedSeriesSequence\[0\]/);
  }
});
