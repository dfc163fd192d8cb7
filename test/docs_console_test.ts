/** Holds the console blocks of the pages: they are run, and print what the pages say. */

import assert from "node:assert/strict";
import { consoleCommands, linePattern, printsAs } from "./support/console_blocks.ts";
import { programsOf, runPage } from "./support/console_session.ts";
import { find, testWith, type Tool } from "./support/peers.ts";

/** Pages with console blocks. */
const PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md", ...pagesOf("docs")];

function pagesOf(folder: string): string[] {
  const entries = [...Deno.readDirSync(new URL(`../${folder}`, import.meta.url))];
  return entries.map(({ name }) => `${folder}/${name}`).filter((path) => path.endsWith(".md")).sort();
}

const PROGRAMS: readonly Tool[] = ["bash", "curl", "jq", "openssl", "echoscu", "storescu", "dump2dcm", "dcmsend"];

for (const name of PAGES) {
  const page = Deno.readTextFileSync(new URL(`../${name}`, import.meta.url));
  if (consoleCommands(page).length === 0) continue;
  const missing = ["bash" as const, ...programsOf(page, PROGRAMS) as Tool[]].filter((tool) => find(tool) === undefined);
  Deno.test(testWith({ name: `the console blocks of ${name} print what it says`, missing, fn: () => runPage(page) }));
}

Deno.test("runPage() keeps files, variables and the folder from one command to the next, and finds what differs", {
  ignore: find("bash") === undefined,
}, async () => {
  const page = (output: string) =>
    ["```console", "$ cat > a <<END", "$ no command", "END", "$ mkdir b && cd b", "$ export X=1 Y='a b'", "```"]
      .concat(["text", "```console", '$ wc -l < ../a; echo "$X $Y"', "1", output, "```"]).join("\n");
  await runPage(page("1 a b"));
  await assert.rejects(runPage(page("1 a c")), /line 10: wc/);
  await assert.rejects(runPage("```console\n$ echo said >&2\n```"), assert.AssertionError);
});

Deno.test("consoleCommands() reads commands with here-documents and continued lines, and nothing of other blocks", () => {
  const page = "```sh\n$ not this\n```\n```console\n$ a <<E\n$ b\nE\nout\n\n$ c \\\n  d\n```\n```console\n$ e\n```\n";
  assert.deepEqual(consoleCommands(page), [
    { command: "a <<E\n$ b\nE", expected: ["out", ""], line: 5 },
    { command: "c \\\n  d", expected: [], line: 10 },
    { command: "e", expected: [], line: 14 },
  ]);
  assert.throws(() => consoleCommands("```console\nout\n```"), /line 2/);
});

Deno.test("linePattern() lets times, sizes of time, new UIDs and versions differ, and nothing else", () => {
  const same: [page: string, found: string][] = [
    ["answered in 4.07 ms", "answered in 1.2 s"],
    ['{"echo":4.1825,"status":0}', '{"echo":12,"status":0}'],
    ["1 stored; 102 B in 59 ms (1.73 kB/s)", "1 stored; 102 B in 1.2 s (85 B/s)"],
    ["uid 2.25.314043983615236483507075690368143595777", "uid 2.25.99999999999999999999999"],
    ["a … b (c)", "a anything b (c)"],
    ["3.634129999999999", "0.7"],
  ];
  for (const [page, found] of same) assert.match(found, linePattern(page));
  const other: [page: string, found: string][] = [
    ["102 B", "103 B"],
    ['{"echo":4.1825,"status":0}', '{"echo":12,"status":1}'],
    ["1.2.840.10008.1.2", "1.2.840.10008.1.3"],
    ["a.b", "axb"],
    ["2.25.1", "2.25.2"],
  ];
  for (const [page, found] of other) assert.doesNotMatch(found, linePattern(page));
});

Deno.test("printsAs() wants every line, but for those that … stands for", () => {
  assert.ok(printsAs([], []));
  assert.ok(printsAs(["a", "…", "d"], ["a", "b", "c", "d"]));
  assert.ok(printsAs(["a", "…"], ["a"]));
  assert.ok(!printsAs(["a"], ["a", "b"]));
  assert.ok(!printsAs(["a", "b"], ["a"]));
  assert.ok(!printsAs(["a", "…", "d"], ["a", "b"]));
});
