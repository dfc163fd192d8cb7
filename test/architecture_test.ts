/**
 * Holds the import rule: which part of `src/` may import which, and where a runtime's own API may appear.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deno, moduleGraph } from "./support/module_graph.ts";

interface Rule {
  /** Parts of `src/` whose code may be imported. */
  readonly parts?: readonly string[];
  /** Parts of `src/` of which types alone may be imported. */
  readonly types?: readonly string[];
  /** No restriction at all. */
  readonly everything?: boolean;
  /** Packages, by name. */
  readonly packages?: readonly string[];
}

/** Rules by part: a folder of `src/`, or a file right in it. A part may always import itself. */
const rules: Readonly<Record<string, Rule>> = {
  errors: {},
  late: {},
  streams: {},
  ip_address: {},
  safe_text: {},
  nearest: {},
  version: {},
  dicom: { parts: ["errors", "streams"] },
  query: { parts: ["dicom", "errors"] },
  pixel_data: { parts: ["dicom", "errors", "scheduling", "streams"] },
  transform: { parts: ["dicom", "errors", "streams"] },
  deidentify: { parts: ["transform", "pixel_data", "dicom", "errors", "streams"] },
  upper_layer: { parts: ["dicom", "errors", "streams"] },
  dimse: { parts: ["upper_layer", "dicom", "errors", "streams", "scheduling", "late"] },
  access: { parts: ["upper_layer", "dicom", "query", "ip_address"], packages: ["jose"] },
  telemetry: { parts: ["dimse", "upper_layer", "errors"] },
  services: { parts: ["dimse", "query", "upper_layer", "dicom", "errors", "streams", "ip_address"] },
  transport: { parts: ["errors", "streams", "scheduling", "ip_address"], types: ["upper_layer"] },
  testing: { parts: ["upper_layer", "errors"] },
  scheduling: {},
  objects: { parts: ["errors", "streams", "scheduling"] },
  sqlite: {},
  documents: { parts: ["errors", "sqlite"] },
  index: { parts: ["query", "dicom", "errors", "sqlite", "late"] },
  queue: { parts: ["errors", "sqlite"] },
  archive: { parts: ["objects", "index", "documents", "queue", "query", "scheduling", "dicom", "errors", "streams"] },
  commitment: { parts: ["services", "dimse", "documents", "scheduling", "errors"] },
  worklist: { parts: ["documents", "query", "scheduling", "dicom", "errors"] },
  procedure_steps: { parts: ["services", "dimse", "documents", "scheduling", "dicom", "errors"] },
  retrieved: { parts: ["query", "errors", "streams"], types: ["objects"] },
  routing: {
    parts: [
      ...["queue", "index", "transform", "services", "query", "dimse", "upper_layer", "dicom", "errors"],
      ...["ip_address", "scheduling", "streams"],
    ],
    types: ["archive", "documents", "objects"],
  },
  dicomweb: {
    parts: [
      ...["http", "query", "pixel_data", "dicom", "errors", "streams", "scheduling"],
      ...["ip_address", "safe_text", "nearest"],
    ],
    types: ["archive", "objects"],
    packages: ["hono"],
  },
  http: { parts: ["access", "telemetry", "nearest"], packages: ["hono"] },
  config: { parts: ["errors", "routing", "nearest"], packages: ["zod", "yaml", "@std/yaml"] },
  gateway: {
    parts: [
      ...["errors", "version", "access", "dicom", "upper_layer", "dimse", "services", "archive", "objects", "index"],
      ...["documents", "worklist", "procedure_steps", "query", "commitment", "routing", "dicomweb", "http", "config"],
      ...["telemetry", "queue", "transform", "late", "nearest", "retrieved", "streams"],
    ],
    types: ["pixel_data"],
    packages: ["hono"],
  },
  hosts: {
    parts: [
      "dicom",
      ...["errors", "ip_address", "safe_text", "access", "upper_layer", "transport", "objects", "index", "documents"],
      ...["archive", "worklist", "queue", "routing", "http"],
      ...["config", "gateway", "pixel_data", "deidentify"],
    ],
  },
  cli: { everything: true },
};

/** Paths in `src/` that may use `Deno`, `node:` and database drivers: adapters, and concrete stores. */
const runtimeSpecific: readonly RegExp[] = [
  /^cli\//,
  /^(hosts|scheduling|transport)\/(deno|node)/,
  /^pixel_data\/pool\/(deno|node)_/,
  /^sqlite\//,
  /^(archive|documents|hosts|index|objects|queue|routing\/destinations|worklist)\/(file|sqlite|postgres|s3)(_|\/)/,
];

/** Packages that only those may import: they drive databases, or are codecs, which run in processes of their own. */
const drivers: readonly string[] = [
  "postgres",
  ...["charls", "openjpeg", "openjph"].map((name) => `@cornerstonejs/codec-${name}`),
];

/** Oldest ECMAScript that a supported runtime (Node 20) has in full, and the Web's types; nothing of a runtime. */
const portableLibraries: readonly string[] = [
  ...["es2023", "esnext.disposable"],
  ...["dom", "dom.iterable", "dom.asynciterable"],
];

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");

/** Path of a file or URL inside `src/`, with forward slashes; undefined outside. */
function inSource(specifier: string): string | undefined {
  if (!specifier.startsWith("file:")) return undefined;
  const path = relative(source, fileURLToPath(specifier)).replaceAll("\\", "/");
  return path.startsWith("..") ? undefined : path;
}

/** `dicom/tag.ts` and `errors.ts` are of the parts `dicom` and `errors`. */
function partOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path.replace(/\.ts$/, "");
}

/** `@std/yaml/parse` and `npm:/hono@^4.1.0/html` are of the packages `@std/yaml` and `hono`. */
function packageOf(specifier: string): string {
  const [first = "", second = ""] = specifier.replace(/^(npm|jsr):\/?/, "").split("/");
  const name = first.startsWith("@") ? `${first}/${second}` : first;
  return name.replace(/(?<=.)@.*$/, (version) => first.startsWith("@") ? version.replace(/@[^/]*$/, "") : "");
}

async function sourceFiles(folder = source): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) files.push(...await sourceFiles(path));
    else if (name.endsWith(".ts")) files.push(path);
  }
  return files.sort();
}

interface Import {
  /** Path in `src/` of the file that imports. */
  readonly from: string;
  readonly specifier: string;
  /** Path in `src/` of what is imported; undefined for what is not ours. */
  readonly to: string | undefined;
  readonly typeOnly: boolean;
  /** Whether it is imported when it is needed. */
  readonly isDynamic?: boolean;
}

/** Every import of every file in `src/`, out of the module graph. */
async function imports(): Promise<Import[]> {
  return (await moduleGraph(await sourceFiles())).flatMap(({ specifier, dependencies = [] }) => {
    const from = inSource(specifier);
    if (from === undefined) return [];
    return dependencies.map(({ specifier, code, type, isDynamic = false }): Import => ({
      from,
      specifier,
      to: inSource(code?.specifier ?? type?.specifier ?? ""),
      typeOnly: code === undefined,
      isDynamic,
    }));
  });
}

function isRuntimeSpecific(path: string): boolean {
  return runtimeSpecific.some((pattern) => pattern.test(path));
}

/** What is wrong with an import; undefined when nothing is. */
function violation({ from, specifier, to, typeOnly }: Import): string | undefined {
  const part = partOf(from);
  const { parts = [], types = [], packages = [], everything = false } = rules[part] ?? {};
  if (everything) return undefined;
  const says = (allowed: string) => `src/${from} imports "${specifier}", but ${part} may import ${allowed}`;
  if (to !== undefined) {
    const target = partOf(to);
    if (isRuntimeSpecific(to) && target !== part && !isRuntimeSpecific(from)) return says("no runtime's own files");
    if (target === part || parts.includes(target) || (typeOnly && types.includes(target))) return undefined;
    return says(`only itself, ${parts.join(", ") || "nothing else"}; types of ${types.join(", ") || "nothing else"}`);
  }
  if (isRuntimeSpecific(from) && (specifier.startsWith("node:") || drivers.includes(packageOf(specifier)))) {
    return undefined;
  }
  if (packages.includes(packageOf(specifier))) return undefined;
  return says(`only the packages ${packages.join(", ") || "(none)"}, and no API of one runtime here`);
}

Deno.test("every part of src/ has an import rule", async () => {
  const parts = (await sourceFiles()).map((path) => partOf(inSource(pathToFileURL(path).href) ?? ""));
  assert.deepEqual([...new Set(parts)].filter((part) => !(part in rules)), []);
});

Deno.test("every file of src/ imports only what its part may import", async () => {
  const found = await imports();
  assert.ok(found.length > 0);
  assert.deepEqual(found.map(violation).filter((text) => text !== undefined), []);
});

/** Files that import each other in a circle, each with what it imports there; types count as code does. */
function circles(found: readonly Pick<Import, "from" | "to">[]): string[] {
  const imported = new Map<string, Set<string>>();
  for (const { from, to } of found) {
    if (to !== undefined) imported.set(from, (imported.get(from) ?? new Set()).add(to));
  }
  // What imports nothing that is left is in no circle; nor is, then, what imports only that.
  for (let before = -1; before !== imported.size;) {
    before = imported.size;
    for (const [file, files] of imported) {
      for (const other of files) if (!imported.has(other)) files.delete(other);
      if (files.size === 0) imported.delete(file);
    }
  }
  return [...imported].map(([file, files]) => `${file} imports ${[...files].join(", ")}`);
}

Deno.test("no files of src/ import each other in a circle, not even for their types", async () => {
  assert.deepEqual(circles(await imports()), []);
});

Deno.test("circles() finds what it should", () => {
  const found = (...pairs: string[]) => circles(pairs.map((pair) => ({ from: pair[0]!, to: pair[1]! })));
  assert.deepEqual(found("ab", "bc", "ac"), []);
  assert.deepEqual(found("ab", "bc", "cb", "cd"), ["a imports b", "b imports c", "c imports b"]);
  assert.deepEqual(found("aa"), ["a imports a"]);
});

Deno.test("no command imports another one, and main.ts alone imports them, each when it is called", async () => {
  const isCommand = (path: string | undefined) => path?.startsWith("cli/commands/") ?? false;
  const found = (await imports()).filter(({ from, to }) => from.startsWith("cli/") && isCommand(to));
  assert.deepEqual([...new Set(found.map(({ from }) => from))], ["cli/main.ts"]);
  assert.deepEqual(found.filter(({ isDynamic }) => !isDynamic), []);
  const commands = (await sourceFiles()).map((path) => inSource(pathToFileURL(path).href)).filter(isCommand);
  assert.deepEqual(found.map(({ to }) => to).sort(), commands);
});

/** What a program that imports `@gantry/dicom` gets without asking for it: modules, as Deno loads them. */
const MOST_AT_ONCE = 180;

/** Parts of which an import of `@gantry/dicom` loads nothing, since they are needed later, or never. */
const LATE: readonly RegExp[] = [
  /^(commitment|deidentify|dicomweb|http|pixel_data|procedure_steps|transform|worklist)\//,
  /^(dicom\/models\/(?!base64\.)|access\/web\/)/,
  /^(archive\/archive_source|index\/memory_search|query\/(matcher|memory_source))/,
  /^gateway\/(answering|destinations|http_door|route_compiler|step_kinds|modules\/(?!(resources|storage|verification)\.))/,
  /^(routing\/(?!(acknowledgements|demands|rules\/(rule|unrouted))\.)|dicom\/data_set\/)/,
  /^services\/(find_scp|get_scp|move_scp|peer_source|procedure_steps|worklist)\./,
];

/** Little files of these parts that are needed at once. */
const AT_ONCE: readonly RegExp[] = [/^http\/token\./];

Deno.test("importing @gantry/dicom loads no more than most programs need; the gateway loads the rest when it is used", async () => {
  const entry = pathToFileURL(join(root, "mod.ts")).href;
  const modules = new Map((await moduleGraph([join(root, "mod.ts")])).map((module) => [module.specifier, module]));
  const loaded = new Set([entry]);
  for (const specifier of loaded) {
    for (const { code, isDynamic = false } of modules.get(specifier)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) loaded.add(code.specifier);
    }
  }
  assert.deepEqual([...loaded].filter((specifier) => !specifier.startsWith("file:")), []);
  const paths = [...loaded].map((specifier) => inSource(specifier) ?? "");
  assert.ok(paths.includes("gateway/gateway.ts"));
  const early = paths.filter((path) =>
    LATE.some((pattern) => pattern.test(path)) && !AT_ONCE.some((pattern) => pattern.test(path))
  );
  assert.deepEqual(early, []);
  assert.ok(loaded.size <= MOST_AT_ONCE, `${loaded.size} modules, expected at most ${MOST_AT_ONCE}`);
  // They are loaded later, and a bundler finds them.
  assert.ok([...modules.keys()].some((specifier) => inSource(specifier) === "dicomweb/server/part.ts"));
});

Deno.test("the import rule refuses what it should", () => {
  const cases: [from: string, specifier: string, to: string | undefined, typeOnly: boolean, allowed: boolean][] = [
    ["dicom/tag.ts", "../errors.ts", "errors.ts", false, true],
    ["dicom/tag.ts", "./vr.ts", "dicom/vr.ts", false, true],
    ["dicom/tag.ts", "../dimse/events.ts", "dimse/events.ts", true, false],
    ["dicom/tag.ts", "node:fs", undefined, false, false],
    ["transport/deno.ts", "../upper_layer/connection.ts", "upper_layer/connection.ts", true, true],
    ["transport/deno.ts", "../upper_layer/pdu.ts", "upper_layer/pdu.ts", false, false],
    ["transport/node.ts", "node:net", undefined, false, true],
    ["transport/memory.ts", "node:net", undefined, false, false],
    ["objects/file_store.ts", "node:fs", undefined, false, true],
    ["objects/object_store.ts", "node:fs", undefined, false, false],
    ["index/postgres_index.ts", "npm:postgres@^3.4.0", undefined, false, true],
    ["index/sqlite/tables.ts", "node:sqlite", undefined, false, true],
    ["index/memory_index.ts", "node:sqlite", undefined, false, false],
    ["objects/object_store.ts", "../dicom/tag.ts", "dicom/tag.ts", false, false],
    ["documents/sqlite_documents.ts", "../sqlite/database.ts", "sqlite/database.ts", false, true],
    ["documents/memory_documents.ts", "../sqlite/database.ts", "sqlite/database.ts", false, false],
    ["archive/archive.ts", "../index/sqlite_index.ts", "index/sqlite_index.ts", false, false],
    ["hosts/host.ts", "./file_archive.ts", "hosts/file_archive.ts", false, true],
    ["hosts/host.ts", "../archive/file_archive.ts", "archive/file_archive.ts", false, false],
    ["hosts/node_http_server.ts", "node:http", undefined, false, true],
    ["hosts/host.ts", "node:fs", undefined, false, false],
    ["gateway/gateway.ts", "../hosts/host.ts", "hosts/host.ts", false, false],
    ["http/sidecar.ts", "npm:/hono@^4.1.0/html", undefined, false, true],
    ["http/sidecar.ts", "zod", undefined, false, false],
    ["cli/main.ts", "../../deno.json", undefined, false, true],
    ["config.ts", "@std/yaml/parse", undefined, false, true],
    ["gateway.ts", "./objects/file_store.ts", "objects/file_store.ts", false, false],
    ["gateway.ts", "./objects/object_store.ts", "objects/object_store.ts", true, true],
  ];
  for (const [from, specifier, to, typeOnly, allowed] of cases) {
    assert.equal(violation({ from, specifier, to, typeOnly }) === undefined, allowed, `${from} -> ${specifier}`);
  }
});

Deno.test("the portable core is type-checked without any runtime's types", async () => {
  const entries = (await sourceFiles(join(root, "mod"))).filter((path) => !/[\\/](deno|node)\.ts$/.test(path));
  const files = (await sourceFiles()).filter((path) => !isRuntimeSpecific(inSource(pathToFileURL(path).href) ?? ""));
  const { compilerOptions, imports, links } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const folder = await Deno.makeTempDir({ prefix: "gantry-portable-" });
  try {
    const config = join(folder, "deno.json");
    await Deno.writeTextFile(
      config,
      JSON.stringify({
        compilerOptions: { ...compilerOptions, lib: portableLibraries },
        imports,
        links: links.map((link: string) => relative(folder, join(root, link))),
      }),
    );
    await deno(
      "check",
      "--quiet",
      "--no-lock",
      "--config",
      config,
      join(root, "mod.ts"),
      ...entries,
      ...files,
    );
    const stranger = join(folder, "stranger.ts");
    await Deno.writeTextFile(stranger, "export const version: string = Deno.version.deno;\n");
    await assert.rejects(
      deno("check", "--quiet", "--no-lock", "--config", config, stranger),
      /Cannot find name 'Deno'/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("packages that would run a script when they are installed are refused that, so that Deno has no warning", async () => {
  const read = async (name: string) => JSON.parse(await Deno.readTextFile(join(root, name)));
  const { npm }: { npm: Record<string, { scripts?: boolean; dependencies?: string[] }> } = await read("deno.lock");
  const { allowScripts } = await read("deno.json");
  const withScripts = Object.keys(npm).filter((key) => npm[key]?.scripts === true).map(packageOf);
  // esbuild brings its programs as packages, and Deno knows that it needs no script.
  assert.deepEqual(allowScripts, {
    deny: withScripts.filter((name) => name !== "esbuild").map((name) => `npm:${name}`),
  });
});
