/**
 * Writes what is made of the configuration's table of keys: the types of its values, the defaults, what `gantry init` prints into
 * README.md, and the reference into docs/configuration.md.
 *
 *     deno task docs:config
 *
 * @module
 */

import type { Section } from "../src/config/entry.ts";
import { configSection } from "../src/config/sections/gateway.ts";
import { templateOf } from "../src/config/template.ts";
import { defaultSource, modelSource } from "./config_model.ts";
import { referenceSource } from "./config_reference.ts";

const root = new URL("../", import.meta.url);
const section = configSection as Section<never>;

/** What each file has to hold. */
export function configFiles(): Readonly<Record<string, string>> {
  return {
    "src/config/generated/model.ts": modelSource(section),
    "src/config/generated/default_config.ts": defaultSource(section),
    "README.md": between("README.md", "gantry-init", `\`\`\`yaml\n${templateOf(section)}\`\`\``),
    "docs/configuration.md": between("docs/configuration.md", "configuration-reference", referenceSource(section)),
  };
}

/** A page with the text between its markers replaced. Throws an Error when it has no such markers. */
function between(path: string, name: string, text: string): string {
  const page = Deno.readTextFileSync(new URL(path, root));
  const [begin, end] = [`<!-- ${name}: written by deno task docs:config -->\n`, `<!-- end of ${name} -->\n`];
  const [start, stop] = [page.indexOf(begin), page.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`Cannot write ${path}: it has no markers of ${name}`);
  const fenced = `<!-- deno-fmt-ignore-start -->\n\n${text}\n\n<!-- deno-fmt-ignore-end -->\n`;
  return page.slice(0, start + begin.length) + fenced + page.slice(stop);
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(configFiles())) Deno.writeTextFileSync(new URL(path, root), text);
}
