/**
 * Holds README.md, CONTRIBUTING.md and docs/ to what is true: examples, links, names, help, configuration, routes, layout.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import manifest from "../deno.json" with { type: "json" };
import { ExitCode } from "../src/cli/command_line/command.ts";
import { main } from "../src/cli/main.ts";
import { configFiles } from "../scripts/config_docs.ts";
import { defaultConfig, parseConfig } from "../src/config.ts";
import { VERSION } from "../src/dicom/implementation.ts";
import { createGateway } from "../src/gateway/gateway.ts";
import { createMemoryStore } from "../src/objects/memory_store.ts";
import { fakeTerminal } from "./cli/terminal.ts";

const root = new URL("../", import.meta.url);
const readme = read("README.md");
const contributing = read("CONTRIBUTING.md");
const pages = Object.entries({
  "README.md": readme,
  "CONTRIBUTING.md": contributing,
  "docs/configuration.md": read("docs/configuration.md"),
});

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, root));
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, root)) !== undefined;
  } catch {
    return false;
  }
}

/** Every match of a pattern in all pages, after the name of its page. */
function findAll(pattern: RegExp): [page: string, ...groups: string[]][] {
  return pages.flatMap(([page, text]) =>
    [...text.matchAll(pattern)].map((match): [string, ...string[]] => [page, ...match.slice(1)])
  );
}

/** The code blocks of a language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, block]) => block ?? "");
}

/** Files below a folder, as paths from the root. */
function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, root))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}${name}/`) : [`${folder}${name}`]
  );
}

/** What `gantry ARGS…` prints. */
async function gantry(...args: string[]): Promise<string> {
  const terminal = fakeTerminal();
  assert.equal(await main(args, terminal), ExitCode.Done, terminal.err.text());
  return terminal.out.text();
}

/** Type-checks the examples in pages and doc comments; answers what is wrong with them. */
async function checkExamples(files: readonly string[]): Promise<string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "--doc-only", ...files],
    cwd: fileURLToPath(root),
    env: { NO_COLOR: "1" },
  }).output();
  return success ? "" : new TextDecoder().decode(stderr);
}

Deno.test("every TypeScript example in the pages and in doc comments type-checks", async () => {
  const sources = ["mod.ts", ...filesBelow("mod/"), ...filesBelow("src/")].filter((path) => path.endsWith(".ts"));
  const withExamples = sources.filter((path) => /^ *\* ```ts$/m.test(read(path)));
  assert.ok(withExamples.length > 0 && blocks(readme, "ts").length > 0);
  assert.equal(await checkExamples([...pages.map(([page]) => page), ...withExamples]), "");
});

Deno.test("an example that does not type-check is found", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "gantry-docs-" });
  try {
    Deno.writeTextFileSync(`${folder}/page.md`, '```ts\nconst port: number = "104";\n```\n');
    assert.match(await checkExamples([`${folder}/page.md`]), /TS2322/);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("every relative link leads to a file and, where it says so, to a heading in it", () => {
  for (const [page, link = ""] of findAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
    const [path = "", anchor] = link.split("#");
    assert.ok(exists(path || page), `${page}: ${link}`);
    if (anchor === undefined) continue;
    const headings = [...read(path || page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading.toLowerCase().replace(/[^\w\s-]/g, "").replace(/\s/g, "-")
    );
    assert.ok(headings.includes(anchor), `${page}: ${link}`);
  }
});

Deno.test("everything in code that looks like a path of the project exists", () => {
  const paths = findAll(/`((?:src|test|links|scripts|bench|\.ci|\.github)\/[\w./]*)`/g);
  assert.ok(paths.length > 0);
  for (const [page, path = ""] of paths) assert.ok(exists(path), `${page}: ${path}`);
});

Deno.test("whatever is said to be in a file is declared there", () => {
  const named = findAll(/`(\w+)(?:\(\))?`[^`|[\];).]{0,15}?\sin\s+\[[^\]]*\]\(([^)#]+\.ts)\)/g);
  assert.ok(named.length > 10);
  for (const [page, name = "", path = ""] of named) {
    const declared = new RegExp(`\\b(function|class|interface|type|const) ${name}\\b|^ {2}(async )?${name}\\(`, "m");
    assert.match(read(path), declared, `${page}: ${name} in ${path}`);
  }
});

Deno.test("every task that is named exists", () => {
  for (const [page, task = ""] of findAll(/deno task ([\w:-]*\w)/g)) {
    assert.ok(task in manifest.tasks, `${page}: ${task}`);
  }
});

Deno.test("the version is that of deno.json", () => assert.equal(VERSION, manifest.version));

Deno.test("the README shows the help of gantry as it is", async () => {
  const shown = blocks(readme, "console").find((block) => block.startsWith("$ gantry --help\n"));
  assert.equal(shown, `$ gantry --help\n${(await gantry("--help")).trimEnd()}\n`);
});

Deno.test("every call of gantry in the pages is of a command that exists, with flags that it has", async () => {
  const calls = findAll(/(?:\$ |`|: |; )gantry (?!help)([a-z]+)([^`\n|;]*)/g);
  assert.ok(calls.length > 5);
  for (const [page, command = "", rest = ""] of calls) {
    const help = await gantry(command, "--help");
    for (const [flag] of rest.matchAll(/--?[a-z][\w-]*/g)) {
      assert.ok(help.includes(flag), `${page}: gantry ${command}${rest}`);
    }
  }
});

Deno.test("the README shows the configuration that gantry init writes, which is the default", async () => {
  const [shown = "", ...others] = blocks(readme, "yaml");
  assert.deepEqual(others, []);
  assert.equal(shown, await gantry("init", "-"));
  assert.deepEqual(await parseConfig(shown), defaultConfig);
});

Deno.test("what is written from the keys of the configuration is current: types, defaults, README, reference", () => {
  const files = Object.entries(configFiles());
  assert.equal(files.length, 4);
  for (const [path, text] of files) assert.ok(read(path) === text, `${path}: run deno task docs:config`);
});

Deno.test("the README lists the routes of the sidecar", async () => {
  await using store = createMemoryStore();
  await using gateway = createGateway({ store, connect: () => Promise.reject(new Error("There is no network")) });
  const response = await gateway.fetch(new Request("http://localhost/openapi.json"));
  const { paths }: { paths: Record<string, object> } = await response.json();
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).filter((key) => /^(get|post|put|delete)$/.test(key)).map((method) =>
      `${method.toUpperCase()} ${path}`
    )
  );
  const listed = [...readme.matchAll(/^\| `((?:GET|POST|PUT|DELETE) [^`]+)`/gm)].map(([, route]) => route);
  assert.deepEqual(listed.sort(), routes.sort());
});

Deno.test("CONTRIBUTING.md has every part of src/ in its layout and in its import rule", () => {
  const parts = [...Deno.readDirSync(new URL("src/", root))].map(({ name }) => name.replace(/\.ts$/, ""));
  const [layout = ""] = blocks(contributing, "");
  for (const part of new Set(parts)) {
    assert.match(layout, new RegExp(`^ {2}${part}(/|\\.ts) `, "m"), `${part} in the layout`);
    assert.match(contributing, new RegExp(`^\\| \`${part}\` +\\|`, "m"), `${part} in the import rule`);
  }
});
