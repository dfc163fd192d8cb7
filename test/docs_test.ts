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
import { EXAMPLE_VARIABLES } from "./support/config_examples.ts";

const root = new URL("../", import.meta.url);
const readme = read("README.md");
const contributing = read("CONTRIBUTING.md");
const commandLine = read("docs/command-line.md");
const configuration = read("docs/configuration.md");
const docs = filesBelow("docs/").filter((path) => path.endsWith(".md"));
const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md", ...docs]
  .map((path): [page: string, text: string] => [path, read(path)]);

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

/** Where a link of a page leads, as a path from the root. */
function fromRoot(page: string, link: string): string {
  return new URL(link, `file:///${page}`).pathname.slice(1);
}

/** Every match of a pattern in all pages, after the name of its page. */
function findAll(pattern: RegExp): [page: string, ...groups: string[]][] {
  return pages.flatMap(([page, text]) =>
    [...text.matchAll(pattern)].map((match): [string, ...string[]] => [page, ...match.slice(1)])
  );
}

/** The code blocks of a language, those in lists too. */
function blocks(text: string, language: string): string[] {
  const found = [...text.matchAll(/^( *)```(\w*)\n(.*?)^ *```$/gms)].filter(([, , name]) => name === language);
  return found.map(([, indent = "", , block = ""]) => block.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
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
  const links = findAll(/\]\((?!https?:)([^)\s]+)\)/g);
  assert.ok(links.length > 100);
  for (const [page, link = ""] of links) {
    const [, anchor] = link.split("#");
    const path = fromRoot(page, link);
    assert.ok(exists(path), `${page}: ${link}`);
    if (anchor === undefined) continue;
    const headings = [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
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
    assert.match(read(fromRoot(page, path)), declared, `${page}: ${name} in ${path}`);
  }
});

Deno.test("every task that is named exists", () => {
  for (const [page, task = ""] of findAll(/deno task ([\w:-]*\w)/g)) {
    assert.ok(task in manifest.tasks, `${page}: ${task}`);
  }
});

Deno.test("the version is that of deno.json", () => assert.equal(VERSION, manifest.version));

Deno.test("the README is for two minutes", () => {
  const lines = readme.split("\n").length;
  assert.ok(lines < 150, `${lines} lines`);
});

Deno.test("every page of docs/ is in its table of contents and in the README", () => {
  for (const page of docs) {
    if (page === "docs/index.md" || page.endsWith("-notes.md")) continue;
    assert.ok(read("docs/index.md").includes(`](${page.slice("docs/".length)})`), `${page} in docs/index.md`);
    assert.ok(readme.includes(`](${page})`), `${page} in README.md`);
  }
});

Deno.test("the page on the command line shows the help of gantry as it is", async () => {
  const shown = blocks(commandLine, "console").find((block) => block.startsWith("$ gantry --help\n"));
  assert.equal(shown, `$ gantry --help\n${(await gantry("--help")).trimEnd()}\n`);
});

Deno.test("the page on the command line has every command", async () => {
  const [, listed = ""] = /^Commands:\n(.*?)\n\n/ms.exec(await gantry("--help")) ?? [];
  const commands = [...listed.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
  assert.ok(commands.length > 5);
  for (const name of commands) assert.match(commandLine, new RegExp(`^## .*\\bgantry ${name}\\b`, "m"));
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

Deno.test("the page on the configuration shows what gantry init writes, which is the default", async () => {
  const [shown = "", ...others] = blocks(configuration, "yaml");
  assert.deepEqual(others, []);
  assert.equal(shown, await gantry("init", "-"));
  assert.deepEqual(await parseConfig(shown), defaultConfig);
});

Deno.test("what is written from the keys of the configuration is current: types, defaults, template, reference", () => {
  const files = Object.entries(configFiles());
  assert.equal(files.length, 3);
  for (const [path, text] of files) assert.ok(read(path) === text, `${path}: run deno task docs:config`);
});

Deno.test("every other configuration in the pages is one", async () => {
  const others = pages.filter(([page]) => page !== "docs/configuration.md")
    .flatMap(([page, text]) => blocks(text, "yaml").map((block) => [page, block] as const))
    .filter(([, block]) => !/^(scrape_configs|groups):/m.test(block));
  assert.ok(others.length > 0);
  const env = (name: string) => EXAMPLE_VARIABLES[name];
  for (const [page, block] of others) await assert.doesNotReject(parseConfig(block, { env }), `${page}: ${block}`);
});

Deno.test("the pages on the HTTP API and on DICOMweb list its routes", async () => {
  await using store = createMemoryStore();
  await using gateway = createGateway({ store, connect: () => Promise.reject(new Error("There is no network")) });
  const response = await gateway.fetch(new Request("http://localhost/openapi.json"));
  const { paths }: { paths: Record<string, object> } = await response.json();
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).filter((key) => /^(get|post|put|delete)$/.test(key)).map((method) =>
      `${method.toUpperCase()} ${path}`
    )
  );
  const text = read("docs/http-api.md") + read("docs/dicomweb.md");
  const listed = [...text.matchAll(/^\| `((?:GET|POST|PUT|DELETE) [^`]+)`/gm)].map(([, route]) => route);
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

Deno.test("every metric of the alert rules is one that the gateway has", async () => {
  await using store = createMemoryStore();
  await using gateway = createGateway({ store, connect: () => Promise.reject(new Error("There is no network")) });
  const metrics = await (await gateway.fetch(new Request("http://localhost/metrics"))).text();
  const rules = read("docs/prometheus-alerts.yml");
  const used = new Set([...rules.matchAll(/gantry_\w+/g)].map(([name]) => name));
  assert.ok(used.size > 5);
  for (const name of used) assert.match(metrics, new RegExp(`^# TYPE ${name} `, "m"));
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  const explained = [...read("docs/operations.md").matchAll(/^\| `(Gantry\w+)`/gm)].map(([, name]) => name);
  assert.deepEqual(explained, alerts);
});
