/**
 * The configuration: YAML text in, a validated and frozen `Config` out.
 *
 * A wrong text is refused as a whole, with every problem in it: line, key path, what was found and what was expected.
 * Sections of the configuration are values, in `config/sections/`; a host may bring more.
 *
 * @module
 */

import type { Keys, Section, Values } from "./config/entry.ts";
import type { Config } from "./config/generated/model.ts";
import { mapSettings, type Setting, settingsOf } from "./config/lookup.ts";
import { configError, describeProblems, type Issue, issueProblems, type Problem } from "./config/problems.ts";
import { suggestQuotes } from "./config/quoting.ts";
import { markReferences, resolveReferences, restoreReferences } from "./config/references.ts";
import { configSection } from "./config/sections/gateway.ts";
import { freeze, setAt } from "./config/tree.ts";
import { lineFinder, readYaml } from "./config/yaml.ts";

export { defaultsOf as configDefaults } from "./config/defaults.ts";
export type {
  AlwaysThere as RequiredConfigEntry,
  Broken as BrokenConfigRule,
  Description as ConfigDescription,
  Entry as ConfigEntry,
  Example as ConfigExample,
  Keys as ConfigKeys,
  MapList as ConfigMapList,
  OptionalSection as OptionalConfigSection,
  Rule as ConfigRule,
  Section as ConfigSection,
  Value as ConfigValue,
  Values as ConfigValues,
} from "./config/entry.ts";
export type {
  AlertsConfig,
  AllowedCertificate,
  AllowRule,
  ArchiveConfig,
  ArchiveIndexConfig,
  CommitmentConfig,
  Config,
  DestinationConfig,
  DialectConfig,
  DicomConfig,
  DicomwebConfig,
  HttpConfig,
  HttpTlsConfig,
  HttpTokenConfig,
  MppsConfig,
  Oauth2Config,
  OidcConfig,
  PeerConfig,
  PeerTlsConfig,
  QueueConfig,
  RetrievedConfig,
  RouteConfig,
  RoutingConfig,
  ScheduleConfig,
  TimeoutConfig,
  TlsConfig,
  UnitConfig,
  WorklistConfig,
} from "./config/generated/model.ts";
export { defaultConfig } from "./config/generated/default_config.ts";
export type { Setting as ConfigSetting } from "./config/lookup.ts";
export { configSection } from "./config/sections/gateway.ts";

/** Further sections, by their keys. */
export interface ConfigSections {
  /** A section, which stands at the top level of the configuration. */
  readonly [key: string]: Section<never>;
}

/** How `parseConfig()` reads. */
export interface ParseConfigOptions<Sections extends ConfigSections = ConfigSections> {
  /** Looks up the variable of a `${NAME}`. Default: none is set. */
  readonly env?: (name: string) => string | undefined;
  /** Values that win over the text, by key path, such as `{ "dicom.port": 104 }`. Default none. */
  readonly overrides?: Readonly<Record<string, string | number | boolean>>;
  /** Sections beside those of the gateway. Default none. */
  readonly sections?: Sections;
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
export function parseConfig(
  text: string,
  options?: Omit<ParseConfigOptions, "sections">,
): Promise<Config>;
/** Reads a configuration that has further sections. */
export function parseConfig<Sections extends ConfigSections>(
  text: string,
  options: ParseConfigOptions<Sections>,
): Promise<Config & Values<Sections>>;
export async function parseConfig(text: string, options: ParseConfigOptions = {}): Promise<Config> {
  const { env = () => undefined, overrides = {} } = options;
  const section = withSections(options.sections);
  const marked = markReferences(text);
  const tree = await readYaml(marked.yaml);
  const problems: Problem[] = [];
  const written = restoreReferences(section, tree, marked);
  const values = resolveReferences(section, tree, marked, env, problems);
  for (const [keyPath, value] of Object.entries(overrides)) {
    for (const root of [written, values]) setAt(root, keyPath.split("."), value);
  }

  const { schemaOf } = await import("./config/schema.ts");
  const schema = await schemaOf(section);
  const result = schema.safeParse(values);
  const problemsOf = (issues: readonly Issue[]) => issues.flatMap((issue) => issueProblems(section, issue));
  const check = (values: unknown) => problemsOf(schema.safeParse(values).error?.issues ?? []);
  if (!result.success) problems.push(...suggestQuotes(problemsOf(result.error.issues), values, check));
  if (result.success && problems.length === 0) {
    problems.push(...await section.lookInto?.(result.data) ?? []);
    if (problems.length === 0) return freeze(result.data);
  }
  const findLine = await lineFinder(marked.yaml);
  const lineOf = (path: readonly PropertyKey[]) =>
    Object.hasOwn(overrides, path.join(".")) ? undefined : findLine(path);
  throw configError(describeProblems(section, problems, written, lineOf));
}

/** JSON Schema of what may stand in a configuration, for editors. */
export async function configJsonSchema({ sections }: Pick<ParseConfigOptions, "sections"> = {}): Promise<object> {
  const { jsonSchemaOf } = await import("./config/schema.ts");
  return await jsonSchemaOf(withSections(sections));
}

/** A commented configuration to start from, in YAML: it says what holds without it. */
export async function configTemplate({ sections }: Pick<ParseConfigOptions, "sections"> = {}): Promise<string> {
  const { templateOf } = await import("./config/template.ts");
  return templateOf(withSections(sections));
}

/** Every plain value of a configuration, with its entry: where it stands, and whether it is a path, a port or a secret. */
export function configSettings(config: Config, { sections }: Pick<ParseConfigOptions, "sections"> = {}): Setting[] {
  return settingsOf(withSections(sections), config);
}

/** A frozen copy of a configuration with each of its plain values mapped. */
export function mapConfig<C extends Config>(
  config: C,
  map: (setting: Setting) => unknown,
  { sections }: Pick<ParseConfigOptions, "sections"> = {},
): C {
  return freeze(mapSettings(withSections(sections), config, map));
}

/** The configuration of a gateway with further sections. Throws an Error when a key is taken. */
function withSections<Sections extends Keys>(sections?: Sections): Section<Config & Values<Sections>> {
  const taken = Object.keys(sections ?? {}).find((key) => Object.hasOwn(configSection.keys, key));
  if (taken !== undefined) throw new Error(`Cannot add the section ${taken}: the gateway has a key of this name`);
  return { ...configSection, keys: { ...configSection.keys, ...sections } };
}
