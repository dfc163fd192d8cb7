/**
 * What a configuration key is: one entry, from which come its type, its validation, its default, its line in `gantry init`,
 * its JSON Schema, its documentation, and the permissions that its value needs.
 *
 * @module
 */

/**
 * A configuration key. One with neither `default` nor `required` is absent unless a user writes it. Defaults are as a person
 * would write them.
 */
export type Entry =
  | Section<never>
  | Description
    & { readonly required?: true }
    & (
      | {
        readonly type: "aeTitle" | "host" | "address" | "fingerprint" | "line" | "token" | "url" | "bearerToken";
        readonly default?: string;
      }
      | { readonly type: "choice"; readonly choices: readonly string[]; readonly default?: string }
      /** Starts at the folder of the configuration. `access` is what the gateway does there; `write` includes reading. */
      | {
        readonly type: "path";
        readonly access: "read" | "write";
        readonly default?: string;
        /** Words that stand for a path, which starts at that folder as well. */
        readonly words?: Readonly<Record<string, string>>;
      }
      /** A whole number; `unit` is what is counted, in the plural. */
      | {
        readonly type: "integer";
        readonly min: number;
        readonly max: number;
        readonly unit: string;
        readonly default?: number;
      }
      /** A TCP port of the `host` beside it; 0 is allowed where the system may choose. */
      | { readonly type: "port"; readonly min: 0 | 1; readonly default?: number }
      /** Bytes, written with or without a unit. */
      | { readonly type: "size"; readonly min: string; readonly max: string; readonly default?: string }
      /** Written with a unit, milliseconds when read; from 1 ms to 24 h. */
      | { readonly type: "duration"; readonly default?: string }
      /** `permits` is what the process needs when it is true: `net` is connections to any host. */
      | { readonly type: "boolean"; readonly permits?: "net"; readonly default?: boolean }
      /**
       * Whatever YAML can hold: what `lookInto` of the whole configuration looks into. `expected` is what an error says. Where
       * keys within it lead to the path of a file, `files` has them: it starts at the folder of the configuration, and is read.
       */
      | {
        readonly type: "data";
        readonly expected: string;
        readonly files?: readonly (readonly string[])[];
        readonly default?: never;
      }
      /**
       * Values in a row, for all of which the word `or` may stand. `expected` is what an error says, `nonEmpty` what it says of
       * an empty list that a user wrote, where that would say the opposite of what it seems to.
       */
      | {
        readonly type: "list";
        readonly items: Entry;
        readonly expected: string;
        readonly or?: string;
        readonly nonEmpty?: string;
        readonly default?: readonly [];
      }
      /**
       * Sections or lists by names that the user gives, none by default. `exampleName` is one for examples. `names` says what
       * the names are, where they aren't made up.
       */
      | {
        readonly type: "map";
        readonly values: Section<never> | MapList;
        readonly names?: "aeTitle";
        readonly expected: string;
        readonly exampleName: string;
        readonly default?: never;
      }
    );

/** A list that is a value of a map. */
export interface MapList extends Description {
  /** What tells it from other entries. */
  readonly type: "list";
  /** What it has in it. */
  readonly items: Entry;
  /** What an error says. */
  readonly expected: string;
  /** As of any list. */
  readonly or?: never;
  /** As of any list. */
  readonly nonEmpty?: string;
  /** It is there because its name is. */
  readonly required: true;
  /** None. */
  readonly default?: never;
}

/** The entries of some types. */
export type EntryOf<Type extends Entry["type"]> = Extract<Entry, { readonly type: Type }>;

/** Keys of a section, in the order in which they are shown. */
export interface Keys {
  /** A key and what it is. */
  readonly [key: string]: Entry;
}

/** A value as it is written. */
export type Example = string | number | boolean | readonly Example[] | { readonly [key: string]: Example };

/** What every entry has. */
export interface Description {
  /** What the value is, on one line, without a full stop. */
  readonly description: string;
  /** More about it, in sentences: for the reference and for editors. Default none. */
  readonly details?: string;
  /** A value as it is written, of a key without a default. Default none. */
  readonly example?: Example;
  /**
   * Names of the examples that show it, where what a map has comes in more forms than one. Default: the `exampleName` of the
   * map.
   */
  readonly inExamples?: readonly string[];
  /** What the key was called in an earlier version: the error for that names the new one. Default none. */
  readonly was?: string;
  /** Whether the value must never be shown. Default false. */
  readonly secret?: true;
}

/**
 * A mapping of keys.
 *
 * @example
 * ```ts
 * import { type ConfigKeys, type ConfigSection, type ConfigValues, parseConfig } from "@gantry/dicom/config";
 *
 * const keys = {
 *   path: { type: "path", access: "read", default: "./reports", description: "Folder of reports" },
 *   maxReports: { type: "integer", min: 1, max: 1000, unit: "reports", default: 500, description: "Reports in an answer" },
 * } as const satisfies ConfigKeys;
 *
 * interface ReportsConfig extends ConfigValues<typeof keys> {}
 *
 * const reports: ConfigSection<ReportsConfig> = { type: "section", description: "Reports of studies", keys };
 *
 * const config = await parseConfig("reports: { maxReports: 20 }", { sections: { reports } });
 * console.log(config.aeTitle, config.reports.maxReports);
 * ```
 */
export interface Section<V> extends Description {
  /** What tells it from other entries. */
  readonly type: "section";
  /** Name of the type of its values, where one is generated: those of the gateway's own sections are. */
  readonly typeName?: string;
  /** Its keys. */
  readonly keys: Keys;
  /** What has to hold between values, once each of them is right. */
  readonly rules?: readonly Rule<V>[];
  /**
   * Finds what else is wrong once all that is right, with what is imported only where there is something to look into. Of the
   * section of all others alone.
   */
  readonly lookInto?: (value: V) => Promise<readonly Broken[]>;
  /** Whether an empty mapping is refused. */
  readonly atLeastOne?: true;
  /** What is expected, in an error, when there is no mapping. */
  readonly expected?: string;
}

/** A section that is absent unless a user writes it, instead of being full of defaults. */
export interface OptionalSection<V> extends Section<V> {
  /** What tells it from other sections. */
  readonly optional: true;
}

/** Says what a value breaks, if anything. */
export type Rule<V> = (value: V) => Broken | readonly Broken[] | undefined;

/** What breaks a rule. */
export interface Broken {
  /** Where, within the section: keys of mappings and indices of lists. */
  readonly path: readonly PropertyKey[];
  /** What was expected there. */
  readonly expected: string;
  /** What was found there. Default: the value. */
  readonly found?: string;
}

/** The values of keys, once read: frozen, with their defaults; durations in milliseconds, sizes in bytes. */
export type Values<K extends Keys> =
  & { readonly [Key in keyof K as K[Key] extends AlwaysThere ? Key : never]: Value<K[Key]> }
  & { readonly [Key in keyof K as K[Key] extends AlwaysThere ? never : Key]?: Value<K[Key]> };

/** Entries that have a value even if the user writes none, or whose absence is an error. */
export type AlwaysThere =
  | { readonly type: "map" }
  | { readonly type: "section"; readonly optional?: never }
  | { readonly type: Exclude<Entry["type"], "section">; readonly default: unknown }
  | { readonly type: Exclude<Entry["type"], "section">; readonly required: true };

/** The value of an entry, once read. */
export type Value<E> = E extends { readonly type: "data" } ? unknown
  : E extends { readonly type: "integer" | "port" | "size" | "duration" } ? number
  : E extends { readonly type: "boolean" } ? boolean
  : E extends { readonly choices: readonly (infer Choice)[] } ? Choice
  : E extends { readonly items: infer Item } ? readonly Value<Item>[] | (E extends { or: infer Word } ? Word : never)
  : E extends { readonly type: "map"; readonly values: infer Item } ? Readonly<Record<string, Value<Item>>>
  : E extends Section<infer V> ? unknown extends V ? Values<E["keys"]> : V
  : string;
