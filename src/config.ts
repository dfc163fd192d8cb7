/**
 * The configuration: YAML text in, a validated and frozen `Config` out.
 *
 * A wrong text is refused as a whole, with every problem in it: line, key path, what was found and what was expected.
 *
 * @module
 */

import { ConfigError, type ConfigProblem } from "./errors.ts";

/** Everything that can be configured. Durations are milliseconds; paths stand as they were written. */
export interface Config {
  /** AE title of this gateway: called by its peers, and calling them. Default `GANTRY`. */
  readonly aeTitle: string;
  readonly dicom: DicomConfig;
  /** Certificate and key, as paths of PEM files; with them the DICOM port speaks TLS. Default none. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly http: HttpConfig;
  readonly archive: ArchiveConfig;
  /** Who can be called, by name. Default nobody. */
  readonly peers: Readonly<Record<string, Peer>>;
}

/** How associations are accepted and kept. */
export interface DicomConfig {
  /** Address to listen on. Default `0.0.0.0`. */
  readonly host: string;
  /** Default 11112; 0 lets the system choose. */
  readonly port: number;
  /** Associations at the same time; more are rejected as local-limit-exceeded. Default 100. */
  readonly maxAssociations: number;
  /** Longest P-DATA-TF variable field that is received, in bytes (PS3.8 D.1). Default 131072. */
  readonly maximumPduLength: number;
  /** Who may associate: whoever one of these rules fits. Default anybody, as an empty list says. */
  readonly allow: readonly AllowRule[];
  /** Whether an association must call `aeTitle`, else any called AE title will do. Default false. */
  readonly requireCalledAeTitle: boolean;
  /** What becomes of SOP classes that no edition of the standard names, private ones among them. Default `accept`. */
  readonly unknownSopClasses: "accept" | "refuse";
  readonly timeouts: TimeoutConfig;
}

/** A rule fits when everything that it names does. */
export interface AllowRule {
  /** Calling AE title. */
  readonly aeTitle?: string;
  readonly calledAeTitle?: string;
  /** IP address or network, such as `10.0.0.0/8`. */
  readonly address?: string;
}

/** How long to wait, in milliseconds. */
export interface TimeoutConfig {
  /** Connection to a peer, or TLS handshake with one. Default 10 s. */
  readonly connect: number;
  /** A-ASSOCIATE-RQ of a new connection, or the answer to one of ours. Default 30 s. */
  readonly associate: number;
  /** A DIMSE response. Default 60 s. */
  readonly response: number;
  /** An established association on which the peer owes something and says nothing. Default 60 s. */
  readonly idle: number;
  /** A-RELEASE-RP. Default 10 s. */
  readonly release: number;
  /** Running associations when the gateway is told to end. Default 30 s. */
  readonly drain: number;
}

/** The HTTP sidecar. */
export interface HttpConfig {
  /** Address to listen on; only with a token other than loopback. Default `127.0.0.1`. */
  readonly host: string;
  /** Default 8080; 0 lets the system choose. */
  readonly port: number;
  /** Bearer token that every request but those for health needs. Default none. */
  readonly token?: string;
  /** Whether `POST /echo` may name any host, else configured peers only. Default false. */
  readonly allowAdHocEcho: boolean;
}

/** Where instances are kept. */
export interface ArchiveConfig {
  /** Folder. Default `./data`. */
  readonly path: string;
  /** Whether an instance is on disk, not in a cache, before success is answered. Default true. */
  readonly durable: boolean;
  /** What becomes of a different instance with a SOP Instance UID that is there. Default `replace`. */
  readonly onExisting: "replace" | "keep-first";
}

/** An application entity that can be called. */
export interface Peer {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
  /** Our AE title towards this peer, where it isn't the gateway's. */
  readonly callingAeTitle?: string;
  /** TLS; `ca` is the path of a PEM file with the authorities to trust in place of the system's. Default no TLS. */
  readonly tls?: { readonly ca?: string };
}

/** What holds where a configuration says nothing. */
export const defaultConfig: Config = freeze({
  aeTitle: "GANTRY",
  dicom: {
    host: "0.0.0.0",
    port: 11112,
    maxAssociations: 100,
    maximumPduLength: 131072,
    allow: [],
    requireCalledAeTitle: false,
    unknownSopClasses: "accept",
    timeouts: { connect: 10_000, associate: 30_000, response: 60_000, idle: 60_000, release: 10_000, drain: 30_000 },
  },
  http: { host: "127.0.0.1", port: 8080, allowAdHocEcho: false },
  archive: { path: "./data", durable: true, onExisting: "replace" },
  peers: {},
});

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
  const references: string[] = [];
  const yaml = text.replace(REFERENCE, (reference) => `\uE000${references.push(reference) - 1}\uE001`);
  const asWritten = (value: string) => value.replace(/\uE000(\d+)\uE001/g, (mark, index) => references[index] ?? mark);

  const tree = await readYaml(yaml);
  const written = mapTexts(tree, asWritten, asWritten);
  const problems: Problem[] = [];
  const values = mapTexts(tree, asWritten, (value, path) => {
    return value.includes("\uE000") ? resolve(asWritten(value), path, options.env, problems) : value;
  });
  for (const [keyPath, value] of Object.entries(options.overrides ?? {})) {
    for (const root of [written, values]) setAt(root, keyPath.split("."), value);
  }

  const schema = await configSchema();
  const result = schema.safeParse(values);
  if (!result.success) problems.push(...result.error.issues.flatMap(issueProblems));
  if (result.success && problems.length === 0) return freeze(result.data);
  const lines = await lineFinder(yaml, options.overrides);
  throw configError(describeProblems(problems, written, lines));
}

/** JSON Schema of what may stand in a configuration, for editors. */
export async function configJsonSchema(): Promise<object> {
  const { toJSONSchema } = await import("zod");
  return toJSONSchema(await configSchema(), {
    io: "input",
    override({ jsonSchema }) {
      const { pattern } = jsonSchema;
      if (pattern && !pattern.endsWith(ANY_REFERENCE)) jsonSchema.pattern = `${pattern}|${ANY_REFERENCE}`;
    },
  });
}

/** Milliseconds of a duration such as `500ms`, `30s`, `5m` or `1h`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ""] = DURATION.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 0);
}

/** The one of `words` that `word` is likely to mean; undefined when none is near. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const near = [...words].map((candidate) => ({ candidate, distance: editDistance(word, candidate) }));
  return near.filter(({ distance }) => distance <= limit).sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

const REFERENCE = /\$?\$\{[^}\n]*\}/g;
const ANY_REFERENCE = String.raw`\$\{`;
const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/;
const AE_TITLE = /^(?! )[\x20-\x5b\x5d-\x7e]{1,16}(?<! )$/;
const HOST = /^[A-Za-z0-9._:%-]{1,253}$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;
/** More values, and deeper ones, than any configuration has: they bound what aliases can multiply. */
const MAXIMUM_VALUES = 10_000;
const MAXIMUM_DEPTH = 16;

type Path = readonly PropertyKey[];

/** A problem before it has a line and, unless it says so itself, before what was found is looked up. */
interface Problem {
  readonly path: Path;
  readonly found?: string;
  readonly expected: string;
}

/** The schema; every error message in it is what was expected. Validation is imported when there is something to validate. */
async function configSchema() {
  const z = await import("zod");
  const text = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error }).describe(error);
  const integer = (min: number, max: number, error = `a whole number from ${min} to ${max}`) => {
    const range = z.int({ error }).min(min, { error }).max(max, { error });
    return z.union([range, z.string().regex(/^\d{1,15}$/).transform(Number).pipe(range)], { error }).describe(error);
  };
  const boolean = z.union([z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")], {
    error: "true or false",
  });
  const oneOf = <const T extends readonly string[]>(...values: T) => z.enum(values, { error: values.join(" or ") });
  const duration = (() => {
    const error = "a duration of at most 24 hours with its unit, such as 500ms, 30s, 5m or 1h";
    const limited = z.number().min(1, { error }).max(86_400_000, { error });
    return text(DURATION, error).transform((value) => parseDuration(value) ?? 0).pipe(limited);
  })();
  const section = <T extends Parameters<typeof z.strictObject>[0] & object>(shape: T, expected = "a mapping") =>
    z.strictObject(shape, {
      error: ({ code }) => code === "unrecognized_keys" ? Object.keys(shape).join(", ") : expected,
    });

  const aeTitle = text(AE_TITLE, "1 to 16 printable ASCII characters without \\ and without spaces at the ends");
  const host = text(HOST, "a host name or an IP address (without brackets)");
  const file = text(/[^\s]/, "a path");
  const address = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
    error: "an IP address or a network such as 10.0.0.0/8",
  });
  const { dicom, http, archive } = defaultConfig;
  const { timeouts } = dicom;
  const rule = {
    aeTitle: aeTitle.exactOptional(),
    calledAeTitle: aeTitle.exactOptional(),
    address: address.exactOptional(),
  };
  return section({
    aeTitle: aeTitle.default(defaultConfig.aeTitle),
    dicom: section({
      host: host.default(dicom.host),
      port: integer(0, 65535).default(dicom.port),
      maxAssociations: integer(1, 100_000).default(dicom.maxAssociations),
      maximumPduLength: integer(4096, 16_777_216).default(dicom.maximumPduLength),
      allow: z.array(
        section(rule).refine((rule) => Object.keys(rule).length > 0, {
          error: "at least one of aeTitle, calledAeTitle, address",
        }),
        { error: "a list of rules" },
      ).min(1, { error: "at least one rule; without allow, anybody may associate" }).default([]),
      requireCalledAeTitle: boolean.default(dicom.requireCalledAeTitle),
      unknownSopClasses: oneOf("accept", "refuse").default(dicom.unknownSopClasses),
      timeouts: section({
        connect: duration.default(timeouts.connect),
        associate: duration.default(timeouts.associate),
        response: duration.default(timeouts.response),
        idle: duration.default(timeouts.idle),
        release: duration.default(timeouts.release),
        drain: duration.default(timeouts.drain),
      }).prefault({}),
    }).prefault({}),
    tls: section({ certificate: file, key: file }).exactOptional(),
    http: section({
      host: host.default(http.host),
      port: integer(0, 65535).default(http.port),
      token: text(/^[\x21-\x7e]{16,}$/, "at least 16 visible ASCII characters without spaces").exactOptional(),
      allowAdHocEcho: boolean.default(http.allowAdHocEcho),
    }).refine((http) => http.token !== undefined || LOOPBACK.test(http.host), {
      path: ["host"],
      error: "a loopback address such as 127.0.0.1, or http.token as well",
    }).prefault({}),
    archive: section({
      path: file.default(archive.path),
      durable: boolean.default(archive.durable),
      onExisting: oneOf("replace", "keep-first").default(archive.onExisting),
    }).prefault({}),
    peers: z.record(
      text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "a name of letters, digits, dots, dashes and underscores"),
      section({
        aeTitle,
        host,
        port: integer(1, 65535),
        callingAeTitle: aeTitle.exactOptional(),
        tls: section(
          { ca: file.exactOptional() },
          "a mapping: {} trusts the system, { ca: FILE } a file of authorities",
        ).exactOptional(),
      }),
      { error: "a mapping of names to peers" },
    ).default({}),
  });
}

async function readYaml(yaml: string): Promise<unknown> {
  const { parse } = await import("@std/yaml/parse");
  try {
    return parse(yaml, { schema: "core" }) ?? {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { LineCounter, parseDocument } = await import("yaml");
    const lineCounter = new LineCounter();
    const document = parseDocument(yaml, { lineCounter, prettyErrors: false });
    const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => {
      return {
        line: lineCounter.linePos(pos[0]).line,
        keyPath: "",
        found: message.split(";", 1)[0] ?? "",
        expected: "YAML",
      };
    });
    const fallback = { keyPath: "", found: error.message.split("\n", 1)[0] ?? "", expected: "YAML" };
    throw configError(problems.length > 0 ? problems : [fallback]);
  }
}

/** A copy of a tree with its texts and keys mapped. A section in which everything is commented out is left out. */
function mapTexts(
  tree: unknown,
  mapKey: (key: string) => string,
  mapText: (text: string, path: Path) => unknown,
): unknown {
  let values = 0;
  const map = (node: unknown, path: Path): unknown => {
    if (++values > MAXIMUM_VALUES || path.length > MAXIMUM_DEPTH) {
      const expected = `at most ${MAXIMUM_VALUES} values, ${MAXIMUM_DEPTH} levels deep`;
      throw configError([{ keyPath: "", found: "more or deeper values", expected }]);
    }
    if (typeof node === "string") return mapText(node, path);
    if (Array.isArray(node)) return node.map((item, index) => map(item, [...path, index]));
    if (typeof node !== "object" || node === null) return node;
    const entries = Object.entries(node).map(([key, value]) => [mapKey(key), value] as const);
    const kept = entries.filter(([key, value]) => value !== null || !isMapping(at(defaultConfig, [...path, key])));
    return Object.fromEntries(kept.map(([key, value]) => [key, map(value, [...path, key])]));
  };
  return map(tree, []);
}

/** Puts what they stand for in place of the references within `text`. */
function resolve(text: string, path: Path, env: ParseConfigOptions["env"], problems: Problem[]): string {
  return text.replace(REFERENCE, (reference) => {
    if (reference.startsWith("$$")) return reference.slice(1);
    const [, name, fallback] = /^\$\{([A-Za-z_]\w*)(?::-(.*))?\}$/.exec(reference) ?? [];
    const value = name === undefined ? undefined : env?.(name) || fallback;
    if (value !== undefined) return value;
    const found = name === undefined ? reference : `\${${name}}, which is not set`;
    problems.push({ path, found, expected: "${NAME} of an environment variable, or ${NAME:-default}" });
    return reference;
  });
}

/** The parts of zod's issues that are read here. */
interface Issue {
  readonly code: string;
  readonly path: Path;
  readonly message: string;
  readonly keys?: readonly string[];
  readonly issues?: readonly { readonly message: string }[];
}

function issueProblems({ code, path, message, keys = [], issues = [] }: Issue): Problem[] {
  if (code === "invalid_key") return [{ path, found: "this name", expected: issues[0]?.message ?? message }];
  if (code !== "unrecognized_keys") return [{ path, expected: message }];
  return keys.map((key) => {
    const suggestion = nearest(key, message.split(", "));
    const expected = suggestion ? `${suggestion} (did you mean that?)` : `one of ${message}`;
    return { path: [...path, key], found: "an unknown key", expected };
  });
}

/** Problems in the order of their lines, one a value. */
function describeProblems(
  problems: readonly Problem[],
  tree: unknown,
  lineOf: (path: Path) => number | undefined,
): ConfigProblem[] {
  const described = new Map<string, ConfigProblem>();
  for (const { path, found, expected } of problems) {
    const keyPath = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("").slice(1);
    if (described.has(keyPath)) continue;
    const line = lineOf(path);
    const problem = { keyPath, found: found ?? describe(at(tree, path), path.at(-1) === "token"), expected };
    described.set(keyPath, line === undefined ? problem : { line, ...problem });
  }
  return [...described.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function describe(value: unknown, secret: boolean): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (secret) return "a value that is not shown";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Finds the line of a key path, or of the nearest thing around it; none for what overrides the text. */
async function lineFinder(yaml: string, overrides: ParseConfigOptions["overrides"] = {}) {
  const { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const { contents } = parseDocument(yaml, { lineCounter: lines });
  return (path: Path): number | undefined => {
    if (path.join(".") in overrides) return undefined;
    let node: unknown = contents;
    let offset = 0;
    for (const key of path) {
      const pair = isMap(node) ? node.items.find(({ key: k }) => isScalar(k) && String(k.value) === key) : undefined;
      const item = isSeq(node) ? node.items[Number(key)] : pair?.key;
      if (!isNode(item)) break;
      offset = item.range?.[0] ?? offset;
      node = pair?.value ?? item;
    }
    return lines.linePos(offset).line;
  };
}

function configError(problems: readonly ConfigProblem[]): ConfigError {
  const sentences = problems.map(({ line, keyPath, found, expected }) => {
    const place = [...(line === undefined ? [] : [`line ${line}`]), ...(keyPath === "" ? [] : [keyPath])].join(", ");
    return `${place}${place && ": "}found ${found}, expected ${expected}`;
  });
  return new ConfigError(`Cannot use the configuration: ${sentences.join("; ")}`, problems);
}

function isMapping(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function at(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, key) => {
    const inside = typeof node === "object" && node !== null && Object.hasOwn(node, key);
    return inside ? (node as Record<PropertyKey, unknown>)[key] : undefined;
  }, tree);
}

function setAt(tree: unknown, path: readonly string[], value: unknown): void {
  const [key = "", ...rest] = path;
  if (!isMapping(tree)) return;
  if (rest.length === 0) tree[key] = value;
  else setAt(tree[key] ??= {}, rest, value);
}

/** How many letters to insert, drop, change or swap with their neighbour to turn one word into the other. */
function editDistance(from: string, to: string): number {
  const [a, b] = [from.toLowerCase(), to.toLowerCase()];
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const cell = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = cell(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cell(i - 2, j - 2) + 1 : Infinity;
      rows[i]?.push(Math.min(change, swap, cell(i - 1, j) + 1, cell(i, j - 1) + 1));
    }
  }
  return cell(a.length, b.length);
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
