/** `gantry route explain`: where files would go, and why. */

import assert from "node:assert/strict";
import { route } from "../../../src/cli/commands/route.ts";
import { DataSet } from "../../../src/dicom/data_set/data_set.ts";
import { writeFile } from "../../../src/dicom/data_set/writing/write_file.ts";
import { UsageError } from "../../../src/cli/command_line/command.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { fakeTerminal } from "../terminal.ts";

const PLACES = "peers: { PACS: { aeTitle: A, host: a, port: 9 }, CLOUD: { aeTitle: B, host: b, port: 9 } }\n";
const NOW = `${PLACES}routes:
  - { name: ct to the cloud, when: { Modality: CT, callingAeTitle: "CT*" }, to: [CLOUD, PACS] }
  - { name: mr, when: { Modality: MR, ContrastBolusAgent: { present: true } }, to: PACS, acknowledge: committed }
`;
const NEW = `${PLACES}routing: { match: first, otherwise: refuse }
routes:
  - { name: children, when: { PatientAge: { range: { to: 017Y } } }, change: [{ remove: [PatientComments] }], to: CLOUD }
  - { name: ct, when: { sopClass: CTImageStorage, way: STOW-RS }, to: { firstOf: [PACS, CLOUD] } }
`;

/** Runs the command over files with these attributes. */
async function explain(files: readonly Record<string, unknown>[], ...args: string[]) {
  using folder = temporaryFolder();
  const { path } = folder;
  for (const [index, attributes] of files.entries()) {
    const dataSet = new DataSet({
      SOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
      SOPInstanceUID: `1.2.3.${index}`,
      PatientName: "Secret^Name",
      ...attributes,
    });
    const file = writeFile({ dataSet, transferSyntax: "1.2.840.10008.1.2.1" });
    Deno.writeFileSync(`${path}/${index}.dcm`, file instanceof Uint8Array ? file : new Uint8Array());
  }
  Deno.writeTextFileSync(`${path}/now.yaml`, NOW);
  Deno.writeTextFileSync(`${path}/new.yaml`, NEW);
  Deno.writeTextFileSync(`${path}/note.txt`, "no instance");
  const terminal = fakeTerminal();
  const inFolder = args.map((arg) => arg.replace("DIR", path));
  const code = await route.execute(["explain", "-c", `${path}/now.yaml`, ...inFolder], terminal);
  const out = terminal.out.text().replaceAll(path, "DIR").split("\n").slice(0, -1);
  return { code, out, err: terminal.err.text().replaceAll(path, "DIR") };
}

Deno.test("gantry route explain says where a file would go, and which predicate decided, without values of the file", async () => {
  const { code, out, err } = await explain([{ Modality: "CT" }], "--calling", "CT7", "DIR/0.dcm");
  assert.deepEqual(out, [
    "DIR/0.dcm: CLOUD, PACS",
    "  ct to the cloud matches: CLOUD, PACS",
    "    yes Modality is CT (when.Modality)",
    "    yes callingAeTitle has the form CT* (when.callingAeTitle)",
    "  mr does not match",
    "    no  Modality is MR (when.Modality)",
  ]);
  assert.deepEqual([code, err], [0, ""]);
});

Deno.test("gantry route explain reads folders, and says what was not looked at", async () => {
  const { code, out, err } = await explain([{ Modality: "MR" }, { Modality: "MR", ContrastBolusAgent: "Gd" }], "DIR");
  assert.deepEqual(out.filter((line) => !line.startsWith("  ")), [
    "DIR/0.dcm: no route matches; it stays in the archive",
    "DIR/1.dcm: PACS",
  ]);
  assert.ok(out.includes("  mr matches: PACS, acknowledge committed"));
  assert.ok(out.includes("    no  ContrastBolusAgent has a value; it has no value (when.ContrastBolusAgent.present)"));
  assert.match(err, /DIR\/note\.txt: Skipped: /);
  assert.equal(code, 0);
  const missing = await explain([], "DIR/none.dcm");
  assert.equal(missing.code, 1);
  assert.match(missing.err, /DIR\/none\.dcm: No such file/);
});

Deno.test("gantry route explain --rules asks other routes, and says what differs from now", async () => {
  const files = [{ Modality: "CT", PatientAge: "011M" }, { Modality: "CT", PatientAge: "040Y" }, { Modality: "US" }];
  const args = ["--rules", "DIR/new.yaml", "--calling", "CT1", "DIR/0.dcm", "DIR/1.dcm"];
  const text = await explain(files, "--way", "STOW-RS", ...args);
  assert.deepEqual(text.out, [
    "DIR/0.dcm: CLOUD",
    "  differs from now: CLOUD, PACS",
    "  children matches: CLOUD",
    "    yes PatientAge is to 017Y (when.PatientAge.range)",
    '    then remove ["PatientComments"]',
    "  ct is not asked",
    "DIR/1.dcm: PACS, CLOUD",
    "  children does not match",
    "    no  PatientAge is to 017Y (when.PatientAge.range)",
    "  ct matches: first of PACS, CLOUD",
    "    yes sopClass is CTImageStorage (when.sopClass)",
    "    yes way is STOW-RS (when.way)",
  ]);
  const json = await explain(files, "--json", ...args, "DIR/2.dcm");
  const lines = json.out.map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ destinations, otherwise, now, differs }) => ({ destinations, otherwise, now, differs })),
    [
      { destinations: ["CLOUD"], otherwise: undefined, now: ["CLOUD", "PACS"], differs: true },
      { destinations: [], otherwise: "refuse", now: ["CLOUD", "PACS"], differs: true },
      { destinations: [], otherwise: "refuse", now: [], differs: false },
    ],
  );
  assert.deepEqual(lines[0].rules[0], {
    name: "children",
    outcome: "matches",
    to: "CLOUD",
    acknowledge: "durable",
    decided: [{ place: "when.PatientAge.range", text: "PatientAge is to 017Y", holds: true, present: true }],
    change: ['remove ["PatientComments"]'],
  });
  assert.doesNotMatch(json.out.join(), /Secret/);
});

Deno.test("gantry route knows no other action", async () => {
  await assert.rejects(route.execute(["explian", "x"], fakeTerminal()), (error) => error instanceof UsageError);
});

Deno.test("gantry route refuses what no sender can be, since its answer would be wrong", async () => {
  for (
    const [flag, value, problem] of [
      ["--calling", "SEVENTEEN_LETTERS", /AE title of --calling: found "SEVENTEEN_LETTERS", expected 1 to 16/],
      ["--called", "A\\B", /AE title of --called/],
      ["--address", "ct1.example", /--address: found "ct1.example", expected an IP address/],
    ] as const
  ) {
    for (const action of ["explain", "replay"]) {
      await assert.rejects(
        route.execute([action, "x", flag, value], fakeTerminal()),
        (error) => error instanceof UsageError && problem.test(error.message),
      );
    }
  }
});

/** Runs replay over an archive that has instances with these attributes. */
async function replay(files: readonly Record<string, unknown>[], rules: string, ...args: string[]) {
  using folder = temporaryFolder();
  const { path } = folder;
  Deno.mkdirSync(`${path}/data/instances/1.2`, { recursive: true });
  for (const [index, attributes] of files.entries()) {
    const dataSet = new DataSet({
      SOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
      SOPInstanceUID: `1.2.3.${index}`,
      PatientName: "Secret^Name",
      ...attributes,
    });
    const file = writeFile({ dataSet, transferSyntax: "1.2.840.10008.1.2.1" });
    Deno.writeFileSync(`${path}/data/instances/1.2/${index}.dcm`, file as Uint8Array);
  }
  Deno.writeTextFileSync(`${path}/now.yaml`, `archive: { path: data }\n${NOW}`);
  Deno.writeTextFileSync(`${path}/new.yaml`, `${PLACES}${rules}`);
  const terminal = fakeTerminal();
  const inFolder = args.map((arg) => arg.replace("DIR", path));
  const code = await route.execute(["replay", "-c", `${path}/now.yaml`, ...inFolder], terminal);
  const out = terminal.out.text().replaceAll(path, "DIR").split("\n").slice(0, -1);
  return { code, out, err: terminal.err.text().replaceAll(path, "DIR") };
}

const RECORDED = [
  ...Array.from({ length: 5 }, () => ({ Modality: "CT" })),
  ...Array.from({ length: 3 }, () => ({ Modality: "MR", ContrastBolusAgent: "Gd" })),
  { Modality: "OT" },
];

Deno.test("gantry route replay counts where all goes that the archive has", async () => {
  const { code, out, err } = await replay(RECORDED, "routes: []", "--calling", "CT1");
  assert.deepEqual(out, [
    "5 instances: CLOUD, PACS",
    "3 instances: PACS",
    "1 instance: stays in the archive",
    "9 instances",
  ]);
  assert.deepEqual([code, err], [0, ""]);
});

Deno.test("gantry route replay --rules says what goes elsewhere and why, and fails where something is lost", async () => {
  const rules = `routing: { otherwise: refuse }
routes:
  - { name: ct to the cloud, when: { Modality: CT, StationName: { present: true } }, priority: high, to: [CLOUD, PACS] }
  - { name: ct, when: { Modality: CT }, to: PACS }
  - { name: contrast, when: { ContrastBolusAgent: { present: true } }, priority: high, to: [PACS, CLOUD] }
`;
  const args = ["--calling", "CT1", "--rules", "DIR/new.yaml", "--examples", "1"];
  const { code, out, err } = await replay(RECORDED, rules, ...args);
  assert.deepEqual(
    out,
    [
      "5 instances: CLOUD, PACS -> PACS",
      "  ct to the cloud does not match",
      "    no  StationName has a value; it has no value (when.StationName.present)",
      "  such as DIR/data/instances/1.2/0.dcm",
      "3 instances: PACS -> PACS, CLOUD",
      "  changed: PACS (priority, acknowledge)",
      "  contrast matches: PACS, CLOUD",
      "    yes ContrastBolusAgent has a value (when.ContrastBolusAgent.present)",
      "  such as DIR/data/instances/1.2/5.dcm",
      "1 instance: stays in the archive -> is refused",
      "  such as DIR/data/instances/1.2/8.dcm",
      "9 instances; 9 would change, 6 of them would lose a destination or be refused",
    ].filter((line) => !line.includes("mr is no route")),
  );
  assert.deepEqual([code, err], [1, ""]);
  const json = await replay(RECORDED, rules, ...args, "--json");
  const parsed = json.out.map((line) => JSON.parse(line));
  assert.deepEqual(parsed.map(({ type, instances, lost, gained }) => [type, instances, lost, gained]), [
    ["group", 5, ["CLOUD"], []],
    ["group", 3, [], ["CLOUD"]],
    ["group", 1, [], []],
    ["summary", 9, undefined, undefined],
  ]);
  assert.deepEqual(parsed[0].rules[0].decided[0].place, "when.StationName.present");
  assert.doesNotMatch(json.out.join(), /Secret/);
});

Deno.test("gantry route replay fails on any difference only where it is told to", async () => {
  const rules = `routes:
  - { name: ct to the cloud, when: { Modality: CT }, to: [CLOUD, PACS] }
  - { name: mr, when: { Modality: MR }, to: PACS }
  - { name: all, to: CLOUD }
`;
  const args = ["--calling", "CT1", "--rules", "DIR/new.yaml"];
  assert.equal((await replay(RECORDED, rules, ...args)).code, 0);
  assert.equal((await replay(RECORDED, rules, ...args, "--fail-on", "any")).code, 1);
  assert.equal((await replay(RECORDED, NOW.replace(PLACES, ""), ...args, "--fail-on", "any")).code, 0);
});

Deno.test("gantry route replay says which facts nobody has recorded, and what it could not read", async () => {
  const rules = "routes: [{ name: near, when: { address: 10.0.0.1, calledAeTitle: X, way: STOW-RS }, to: PACS }]";
  const { err } = await replay([], rules, "--rules", "DIR/new.yaml", "--way", "STOW-RS");
  assert.match(err, /depend on calledAeTitle, address, which files don't contain: use --called, --address/);
  const missing = await replay([], rules, "DIR/nowhere");
  assert.deepEqual([missing.code, missing.out.at(-1)], [1, "0 instances; 1 file not read"]);
  const odd = await replay([], rules, "DIR/now.yaml");
  assert.equal(odd.code, 1);
});

Deno.test("gantry route explain wants files, and no flags of replay", async () => {
  for (const args of [["explain"], ["explain", "a.dcm", "--fail-on", "any"], ["explain", "a.dcm", "--examples", "1"]]) {
    await assert.rejects(route.execute(args, fakeTerminal()), UsageError);
  }
});
