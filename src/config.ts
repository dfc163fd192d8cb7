/**
 * The configuration: YAML text in, a validated and frozen `Config` out.
 *
 * A wrong text is refused as a whole, with every problem in it: line, key path, what was found and what was expected.
 *
 * @module
 */

import type { Config } from "./config/model.ts";
import { configError, describeProblems, issueProblems, type Problem } from "./config/problems.ts";
import { markReferences, resolveReferences, restoreReferences } from "./config/references.ts";
import { freeze, setAt } from "./config/tree.ts";
import { lineFinder, readYaml } from "./config/yaml.ts";

export type {
  AllowRule,
  ArchiveConfig,
  Config,
  DicomConfig,
  HttpConfig,
  Peer,
  PeerTlsConfig,
  TimeoutConfig,
  TlsConfig,
} from "./config/model.ts";
export { defaultConfig } from "./config/model.ts";

/** How `parseConfig()` reads. */
export interface ParseConfigOptions {
  /** Looks up the variable of a `${NAME}`. Default: none is set. */
  readonly env?: (name: string) => string | undefined;
  /** Values that win over the text, by key path, such as `{ "dicom.port": 104 }`. Default none. */
  readonly overrides?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Reads a configuration.
 *
 * `${NAME}` within a value stands for an environment variable, `${NAME:-default}` for one that may be missing; `$${`
 * stands for itself. Throws `ConfigError`, which never shows what a secret or a variable holds.
 *
 * @example
 * ```ts
 * const config = await parseConfig(await Deno.readTextFile("gantry.yaml"), { env: (name) => Deno.env.get(name) });
 * ```
 */
export async function parseConfig(text: string, options: ParseConfigOptions = {}): Promise<Config> {
  const { env = () => undefined, overrides = {} } = options;
  const marked = markReferences(text);
  const tree = await readYaml(marked.yaml);
  const problems: Problem[] = [];
  const written = restoreReferences(tree, marked);
  const values = resolveReferences(tree, marked, env, problems);
  for (const [keyPath, value] of Object.entries(overrides)) {
    for (const root of [written, values]) setAt(root, keyPath.split("."), value);
  }

  const { configSchema } = await import("./config/schema.ts");
  const result = (await configSchema()).safeParse(values);
  if (!result.success) problems.push(...result.error.issues.flatMap(issueProblems));
  if (result.success && problems.length === 0) return freeze(result.data);
  const findLine = await lineFinder(marked.yaml);
  const lineOf = (path: readonly PropertyKey[]) => path.join(".") in overrides ? undefined : findLine(path);
  throw configError(describeProblems(problems, written, lineOf));
}

/** JSON Schema of what may stand in a configuration, for editors. */
export async function configJsonSchema(): Promise<object> {
  return await (await import("./config/schema.ts")).configJsonSchema();
}
