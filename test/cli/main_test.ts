import assert from "node:assert/strict";
import manifest from "../../deno.json" with { type: "json" };
import { EXAMPLE_VARIABLES, withExamples } from "../support/config_examples.ts";

const cli = new URL("../../cli.ts", import.meta.url);
const config = new URL("../../deno.json", import.meta.url);

/** Runs the command line in a folder of its own that holds `files`. */
async function gantry(args: readonly string[], files: Record<string, string> = {}, env: Record<string, string> = {}) {
  const cwd = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${cwd}/${name}`, text);
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", config.pathname, cli.href, ...args],
      cwd,
      env,
    });
    const { code, stdout, stderr } = await command.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const written = await Deno.readTextFile(`${cwd}/gantry.yaml`).catch(() => "");
    return { code, out: text(stdout), err: text(stderr), written };
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test("gantry --help and gantry help COMMAND go to stdout", async () => {
  const help = await gantry(["--help"]);
  assert.deepEqual([help.code, help.err], [0, ""]);
  for (const name of ["listen", "echo", "send", "init", "check"]) {
    assert.match(help.out, new RegExp(`^  ${name} `, "m"));
    const [long, short] = await Promise.all([gantry(["help", name]), gantry([name, "-h"])]);
    assert.deepEqual([long.code, long.err, long.out], [0, "", short.out]);
    for (const part of [`Usage: gantry ${name}`, "Examples:", "Exit codes:"]) assert.match(long.out, new RegExp(part));
  }
});

Deno.test("gantry --version says the version of the package", async () => {
  assert.deepEqual(await gantry(["--version"]), { code: 0, out: `gantry ${manifest.version}\n`, err: "", written: "" });
});

for (
  const [what, args, message] of [
    ["no command", [], /no command was given\nTry gantry --help\n$/],
    ["an unknown command", ["ehco"], /Cannot run "ehco": no such command; did you mean echo\?/],
    ["an unknown flag", ["check", "--jsn"], /did you mean --json\?\nTry gantry check --help\n$/],
    ["a missing operand", ["echo"], /PEER is missing/],
    ["a peer that nobody knows", ["echo", "PACS"], /Cannot find the peer "PACS"/],
    [
      "a configuration that isn't there",
      ["listen", "--config", "none.yaml"],
      /Cannot read the configuration none\.yaml: No such file/,
    ],
    [
      "a configuration that is wrong",
      ["echo", "A@b:1", "-c", "bad.yaml"],
      /\n {2}bad\.yaml:2: dicom\.port: found "x", expected a whole/,
    ],
  ] as const
) {
  Deno.test(`gantry exits 2 for ${what}, and says so on stderr`, async () => {
    const { code, out, err } = await gantry(args, { "bad.yaml": "dicom:\n  port: x\n" });
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, message);
  });
}

Deno.test("gantry says what caused an error once", async () => {
  const { code, err } = await gantry(["listen", "--host", "192.0.2.1", "--port", "0", "--http-port", "0"]);
  assert.deepEqual([code, err], [1, "gantry: Cannot listen on 192.0.2.1:0: the address is not one of this machine\n"]);
  const refused = await gantry(["echo", "X@127.0.0.1:1"]);
  assert.deepEqual(refused.code, 1);
  assert.deepEqual(refused.err.match(/refused/g)?.length, 1, refused.err);
});

Deno.test("gantry init writes a configuration that passes gantry check", async () => {
  const { code, out, err, written } = await gantry(["init"]);
  assert.deepEqual([code, out], [0, ""]);
  assert.match(err, /^Wrote gantry\.yaml/);
  assert.deepEqual(await gantry(["check"], { "gantry.yaml": written }), {
    code: 0,
    out: "gantry.yaml: OK\n",
    err: "",
    written,
  });
  const enabled = withExamples(written);
  assert.match(enabled, /^ {2}allow:\n {4}- aeTitle: CT1 #.*\n {6}calledAeTitle: GANTRY #.*\n {6}address/m);
  const all = await gantry(["check", "--json"], { "gantry.yaml": enabled }, { ...EXAMPLE_VARIABLES });
  const { problems } = JSON.parse(all.out);
  // All that is wrong is that the files aren't there.
  assert.match(problems[0]?.keyPath, /^dicom\.users$/);
  for (const { keyPath, found } of problems) {
    assert.match(found, keyPath === "http.viewer" ? /: it has no index\.html; / : /: No such file or directory$/);
  }
});

Deno.test("gantry init overwrites only when it is told to", async () => {
  const there = { "gantry.yaml": "aeTitle: MINE\n" };
  const kept = await gantry(["init"], there);
  assert.deepEqual([kept.code, kept.out, kept.written], [1, "", "aeTitle: MINE\n"]);
  assert.match(kept.err, /Cannot write gantry\.yaml: it already exists; --force overwrites it/);
  const replaced = await gantry(["init", "--force"], there);
  assert.deepEqual([replaced.code, replaced.written.includes("aeTitle: GANTRY")], [0, true]);
});

Deno.test("gantry check exits 1 with every problem on a line of stdout", async () => {
  const files = { "x.yaml": "aeTitel: A\ndicom:\n  port: 99999\n" };
  assert.deepEqual(await gantry(["check", "x.yaml"], files), {
    code: 1,
    out: "x.yaml:1: aeTitel: found an unknown key, expected aeTitle (did you mean that?)\n" +
      "x.yaml:3: dicom.port: found 99999, expected a whole number from 0 to 65535\n",
    err: "",
    written: "",
  });
  const json = await gantry(["check", "--json", "x.yaml"], files);
  const { file, valid, problems } = JSON.parse(json.out);
  assert.deepEqual([json.code, file, valid, problems.length, problems[1].line], [1, "x.yaml", false, 2, 3]);
});

Deno.test("gantry check --schema prints the JSON Schema", async () => {
  const { code, out } = await gantry(["check", "--schema"]);
  assert.deepEqual([code, JSON.parse(out).type], [0, "object"]);
});
