/**
 * Writes what is made of the configuration's table of keys: the types of its values, the defaults, what `gantry init` prints into
 * docs/configuration.md, and the reference into the same page.
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
const PAGE = "docs/configuration.md";

/** What each file has to hold. */
export function configFiles(): Readonly<Record<string, string>> {
  const page = Deno.readTextFileSync(new URL(PAGE, root));
  const withTemplate = between(page, "gantry-init", `\`\`\`yaml\n${templateOf(section)}\`\`\``);
  return {
    "src/config/generated/model.ts": modelSource(section),
    "src/config/generated/default_config.ts": defaultSource(section),
    [PAGE]: between(withTemplate, "configuration-reference", referenceSource(section)),
  };
}

/** The page with the text between its markers replaced. Throws an Error when it has no such markers. */
function between(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: written by deno task docs:config -->\n`, `<!-- end of ${name} -->\n`];
  const [start, stop] = [page.indexOf(begin), page.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`Cannot write ${PAGE}: it has no markers of ${name}`);
  const fenced = `<!-- deno-fmt-ignore-start -->\n\n${text}\n\n<!-- deno-fmt-ignore-end -->\n`;
  return page.slice(0, start + begin.length) + fenced + page.slice(stop);
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(configFiles())) Deno.writeTextFileSync(new URL(path, root), text);
}
