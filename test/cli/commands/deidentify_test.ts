import assert from "node:assert/strict";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { deidentify } from "../../../src/cli/commands/deidentify.ts";
import { readFile } from "../../../src/dicom/data_set/reading/read_file.ts";
import { filesBelow, temporaryFolder } from "../../support/folders.ts";
import { fileOf, image } from "../../transform/support.ts";
import { fakeTerminal } from "../terminal.ts";

const KEY = "a key for tests alone";

/** A folder with a study of three instances, one of which is an ultrasound image, and a file that is none. */
function study(): Disposable & { readonly path: string } {
  const folder = temporaryFolder();
  Deno.mkdirSync(`${folder.path}/in`);
  const put = (name: string, content: Uint8Array) => Deno.writeFileSync(`${folder.path}/in/${name}`, content);
  put("1.dcm", fileOf(image({ SOPInstanceUID: "1.2.3.4.5" })));
  put("2.dcm", fileOf(image({ SOPInstanceUID: "1.2.3.4.6" })));
  put("3.dcm", fileOf(image({ SOPInstanceUID: "1.2.3.4.7", Modality: "US" })));
  put("notes.txt", new TextEncoder().encode("notes"));
  Deno.writeTextFileSync(`${folder.path}/key`, `${KEY}\n`);
  return folder;
}

async function call(folder: string, more: string[] = [], env: Record<string, string> = {}) {
  const terminal = fakeTerminal(env);
  const code = await deidentify.execute([`${folder}/in`, ...more], terminal);
  const lines = more.includes("--json") ? terminal.out.lines().map((line) => JSON.parse(line)) : [];
  return { code, out: terminal.out.text(), err: terminal.err.text(), lines };
}

Deno.test("gantry deidentify writes files under their new UIDs, names what is held with the reason, and exits with 1", async () => {
  using folder = study();
  const { path } = folder;
  const { code, out, err } = await call(path, ["-o", `${path}/out`, "--key-file", `${path}/key`]);
  assert.equal(code, 1);
  const files = filesBelow(`${path}/out`);
  assert.equal(files.length, 2);
  for (const file of files) {
    const { dataSet } = readFile(Deno.readFileSync(`${path}/out/${file}`));
    assert.equal(
      file,
      `${dataSet.get("StudyInstanceUID")}/${dataSet.get("SeriesInstanceUID")}/${dataSet.get("SOPInstanceUID")}.dcm`,
    );
    assert.match(file, /^2\.25\.\d+\/2\.25\.\d+\/2\.25\.\d+\.dcm$/);
  }
  assert.match(err, /in\/3\.dcm: Held: Cannot de-identify the pixels: images of its modality, US, mostly show text/);
  assert.match(err, /notes\.txt: Skipped: /);
  assert.match(out, /^PatientName +renamed +2$/m);
  assert.match(out, /2 instances de-identified, 1 held; /);
  for (const secret of [KEY, "Adams", "4711"]) assert.ok(!`${out}${err}`.includes(secret), secret);
});

Deno.test("gantry deidentify replaces no file, and leaves none half-written", async () => {
  using folder = study();
  const { path } = folder;
  const flags = ["-o", `${path}/out`, "--pixels", "US=keep"];
  const first = await call(path, flags, { GANTRY_DEIDENTIFY_KEY: KEY });
  assert.equal(first.code, 0);
  const before = filesBelow(`${path}/out`).map((file) => Deno.statSync(`${path}/out/${file}`).mtime?.getTime());
  const second = await call(path, flags, { GANTRY_DEIDENTIFY_KEY: KEY });
  assert.equal(second.code, 1);
  assert.match(second.err, /one with its new name exists already, and none is replaced/);
  assert.deepEqual(
    filesBelow(`${path}/out`).map((file) => Deno.statSync(`${path}/out/${file}`).mtime?.getTime()),
    before,
  );
  const cut = fileOf(image({ SOPInstanceUID: "1.2.3.4.8" }));
  Deno.writeFileSync(`${path}/in/4.dcm`, cut.subarray(0, cut.length - 2));
  const third = await call(path, ["-o", `${path}/other`, "--pixels", "*=keep"], { GANTRY_DEIDENTIFY_KEY: KEY });
  assert.equal(third.code, 1);
  assert.match(third.err, /4\.dcm: Held: Cannot read the data set: PixelData/);
  assert.equal(filesBelow(`${path}/other`).length, 3);
});

Deno.test("gantry deidentify --dry-run writes nothing and tells what would be done; --json gives it a line each", async () => {
  using folder = study();
  const { path } = folder;
  const { code, lines } = await call(path, ["--dry-run", "--json", "--key-file", `${path}/key`]);
  assert.equal(code, 1);
  assert.deepEqual(filesBelow(`${path}/out`), []);
  const outcomes = lines.map(({ type, outcome }) => outcome ?? type).sort();
  assert.deepEqual(outcomes, ["de-identified", "de-identified", "held", "skipped", "summary"]);
  const { report, deidentified, held } = lines.find(({ type }) => type === "summary");
  assert.deepEqual([deidentified, held], [2, 1]);
  assert.ok(
    report.some(({ attribute, treatment, count }: Record<string, unknown>) =>
      attribute === "PatientID" && treatment === "renamed" && count === 2
    ),
  );
  const human = await call(path, ["--dry-run", "--key-file", `${path}/key`]);
  assert.match(human.out, /2 instances would be de-identified, 1 held/);
});

Deno.test("gantry deidentify takes options, and blanks what --pixels says", async () => {
  using folder = study();
  const { path } = folder;
  const options = ["--options", "retain-uids,retain-device", "--options", "clean-descriptors"];
  const { code } = await call(path, [
    "-o",
    `${path}/out`,
    "--key-file",
    `${path}/key`,
    ...options,
    "--pixels",
    "US=0,0,1,1;1,1,1,1",
  ]);
  assert.equal(code, 0);
  const { dataSet } = readFile(Deno.readFileSync(`${path}/out/1.2.3.4/1.2.3.4.1/1.2.3.4.7.dcm`));
  assert.deepEqual(dataSet.get("PixelData"), Uint16Array.of(0, 2, 3, 0));
  assert.deepEqual(
    dataSet.get("DeidentificationMethodCodeSequence")?.map((item) => item.get("CodeValue")),
    ["113100", "113101", "113105", "113109", "113110"],
  );
});

Deno.test("gantry deidentify refuses a call that is wrong before it reads anything", async () => {
  using folder = study();
  const { path } = folder;
  const key = ["--key-file", `${path}/key`];
  Deno.writeTextFileSync(`${path}/short`, "short");
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [key, /--output is missing/],
    [["-o", "x"], /Cannot start without a key: expected --key-file, or GANTRY_DEIDENTIFY_KEY/],
    [
      ["-o", "x", "--key-file", `${path}/none`],
      /Cannot read --key-file: found ".*none", [Nn]o such file.*, expected a file/,
    ],
    [["-o", "x", "--key-file", `${path}/short`], /a key of 5 bytes: expected at least 16/],
    [["-o", "x", ...key, "--options", "retain-everything"], /no such option/],
    [["-o", "x", ...key, "--profile", "other"], /expected basic/],
    [["-o", "x", ...key, "--pixels", "US"], /Cannot understand --pixels: found "US"/],
    [["-o", "x", ...key, "--pixels", "US=1,2"], /Cannot understand --pixels/],
  ];
  for (const [flags, message] of wrong) {
    await assert.rejects(call(path, flags), (error) => error instanceof UsageError && message.test(error.message));
  }
});
