/** What the system refuses is one line: the path, the user, what to do; never a stack trace. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folders.ts";
import { gantry } from "../support/gantry.ts";
import { type Exit, run } from "../support/process.ts";

const cli = new URL("../../cli.ts", import.meta.url).href;

/** Runs `gantry CALL` in a shell, which is what redirects. */
function shell(call: string, env: Record<string, string> = {}): Promise<Exit> {
  const script = `gantry() { "$0" run --quiet -A $DENO_OPTIONS ${JSON.stringify(cli)} "$@"; }\n${call}`;
  return run("sh", ["-c", script, Deno.execPath()], { env });
}

function assertOneLine({ code, stderr }: Exit, expected: RegExp): void {
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^gantry: Cannot [^\n]*\n$/);
  assert.match(stderr, expected);
}

/** Starts a gateway that can't start. */
function listen(data: string): Promise<Exit> {
  return gantry(["listen", "--host", "127.0.0.1", "--port", "0", "--http-port", "0", "--data", data]);
}

Deno.test("gantry listen says what is wrong with the folder for instances, whose right, and what to do", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  Deno.writeTextFileSync(`${path}/file`, "");
  for (const part of ["instances", "incoming", "journal"]) {
    Deno.mkdirSync(`${path}/${part}-is-a-file`);
    Deno.writeTextFileSync(`${path}/${part}-is-a-file/${part}`, "");
  }
  const file =
    /as (user \S+ \(uid \d+\)|uid \d+): a file stands where a folder is expected.*; move that file away, or name/;
  assertOneLine(await listen(`${path}/file`), file);
  assertOneLine(await listen(`${path}/file/below`), file);
  for (const part of ["instances", "incoming", "journal"]) {
    const exit = await listen(`${path}/${part}-is-a-file`);
    assertOneLine(exit, file);
    assert.ok(exit.stderr.includes(`(${path}/${part}-is-a-file/${part})`), exit.stderr);
  }
});

Deno.test({
  name: "gantry listen says that a folder can't be written to",
  ignore: Deno.build.os !== "linux",
  async fn() {
    // Nobody can make a folder there, whatever the reason: it is no real file system, or read-only.
    assertOneLine(
      await listen("/sys/gantry"),
      /use the folder \/sys\/gantry for instances as .*: .*; .*or name another/,
    );
  },
});

Deno.test({
  name: "every command says in one line that stdout is full, and exits 1",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = temporaryFolder();
    Deno.writeTextFileSync(`${folder.path}/empty.yaml`, "");
    for (
      const call of [
        "--help",
        "help dump",
        "--version",
        "init -",
        "check --schema",
        "check --permissions",
        `check ${folder.path}/empty.yaml`,
        "echo X@127.0.0.1:1 --json",
        "dump --json /dev/null",
        `send X@127.0.0.1:1 --json ${folder.path}/empty.yaml`,
      ]
    ) {
      const exit = await shell(`gantry ${call} > /dev/full`);
      assertOneLine({ ...exit, stderr: lastLine(exit.stderr) }, /standard output: No space left on device/);
      assert.doesNotMatch(exit.stderr, /^ +at /m, call);
    }
    assertOneLine(
      await shell("echo secret | gantry passwd ct1 > /dev/full"),
      /standard output: No space left on device/,
    );
  },
});

function lastLine(text: string): string {
  return `${text.trimEnd().split("\n").at(-1)}\n`;
}

Deno.test({
  name: "a full stderr changes no exit code, and a reader who has gone is no failure",
  ignore: Deno.build.os !== "linux",
  async fn() {
    assert.equal((await shell("gantry dump nowhere 2> /dev/full")).code, 1);
    assert.equal((await shell("gantry listen --bad 2> /dev/full")).code, 2);
    const gone = await shell("{ gantry init -; echo $? >&2; } | true");
    assert.equal(gone.stderr, "0\n");
  },
});

Deno.test("without its packages and a network, a command says in one line what to do", async () => {
  using cache = temporaryFolder();
  const env = { DENO_DIR: cache.path, DENO_OPTIONS: "--cached-only" };
  assertOneLine(
    await shell("gantry listen --port 0 --http-port 0", env),
    /a package that this command needs: .*deno install/,
  );
  assert.equal((await shell("gantry --version", env)).code, 0);
});
