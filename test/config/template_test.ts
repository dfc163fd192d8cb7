import assert from "node:assert/strict";
import { configTemplate, defaultConfig, parseConfig } from "../../src/config.ts";
import type { Entry, Section } from "../../src/config/entry.ts";
import { entryAt } from "../../src/config/lookup.ts";
import { configSection } from "../../src/config/sections/gateway.ts";
import { EXAMPLE_VARIABLES, withExamples } from "../support/config_examples.ts";

/** Paths of the keys of a section, and of all in it; names and indices are `*`. */
function keyPaths(section: Section<never>, path: readonly string[] = []): string[] {
  return Object.entries(section.keys).flatMap(([key, entry]: [string, Entry]) => {
    const here = [...path, key];
    if (entry.type === "section") return keyPaths(entry, here);
    if (entry.type === "map") {
      return entry.values.type === "list" ? [[...here, "*"].join(".")] : keyPaths(entry.values, [...here, "*"]);
    }
    if (entry.type === "list" && entry.items.type === "section") return keyPaths(entry.items, [...here, "*"]);
    return [here.join(".")];
  });
}

/** Paths of the plain values in a configuration, in the same form. */
function valuePaths(value: unknown, path: readonly string[] = []): string[] {
  const isList = Array.isArray(value);
  const entry = entryAt(configSection as Section<never>, path);
  const isData = entry?.type === "data" || (entry?.type === "list" && entry.items.type === "data");
  if (isData || typeof value !== "object" || value === null || (isList && typeof value[0] !== "object")) {
    return [path.join(".")];
  }
  const anyName = isList || ["peers", "answers", "destinations", "http.tokens"].includes(path.join("."));
  return Object.entries(value).flatMap(([key, inner]) => valuePaths(inner, [...path, anyName ? "*" : key]));
}

Deno.test("configTemplate() is the default", async () => {
  assert.deepEqual(await parseConfig(await configTemplate()), defaultConfig);
});

Deno.test("configTemplate() has an example of every key, and all of them together are valid", async () => {
  const config = await parseConfig(withExamples(await configTemplate()), { env: (name) => EXAMPLE_VARIABLES[name] });
  assert.deepEqual([...new Set(valuePaths(config))].sort(), keyPaths(configSection as Section<never>).sort());
});

Deno.test("configTemplate() says of every value what it is, on lines that fit a terminal", async () => {
  const lines = (await configTemplate()).trimEnd().split("\n");
  for (const [index, line] of lines.entries()) {
    assert.ok(line.length <= 120, line);
    assert.equal(line, line.trimEnd());
    if (!/^[ #]*(- )?\w+:( |$)/.test(line)) continue;
    const above = lines[index - 1] ?? "";
    const explained = / # \S/.test(line) || /# .*\.$/.test(above) ||
      /^ *# ((PACS|CLOUD|LAKE|DISK|HOOK|NIGHT|VIEWER|RESEARCH):|default: \[archive\])$/.test(line);
    assert.ok(explained, line);
  }
});
