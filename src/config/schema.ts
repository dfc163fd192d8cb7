/**
 * Sections as schemas: validation, and JSON Schema for editors.
 *
 * @module
 */

import type * as zod from "zod";
import { isOptional } from "./defaults.ts";
import type { Entry, EntryOf, Section } from "./entry.ts";
import { expectedOf, FORMATS, sentences } from "./expected.ts";
import { DURATION, parseDuration, parseSize, SIZE } from "./quantities.ts";

/** The validator, which is imported when there is something to validate. */
type Zod = typeof zod;
type Schema = zod.ZodType<unknown, unknown>;

/** 24 hours: what a timer can wait for is more. */
const LONGEST = 86_400_000;

/** Ends the pattern of a text for which a reference to an environment variable may stand. */
const ANY_REFERENCE = String.raw`\$\{`;

/** The schema of a section. Each of its messages is what was expected. */
export async function schemaOf<Value>(section: Section<Value>): Promise<zod.ZodType<Value>> {
  const z = await import("zod");
  // The types of values are inferred from the same entries.
  return documented(sectionSchema(z, section as Section<never>), section as Section<never>) as zod.ZodType<Value>;
}

/** JSON Schema of what may be written in a section. */
export async function jsonSchemaOf(section: Section<never>): Promise<object> {
  const { globalRegistry, toJSONSchema } = await import("zod");
  return toJSONSchema(await schemaOf(section), {
    io: "input",
    override({ zodSchema, jsonSchema }) {
      // Those of values that are converted are left out otherwise, since they might be what comes out.
      const { examples } = globalRegistry.get(zodSchema) ?? {};
      if (Array.isArray(examples)) jsonSchema.examples = examples;
      forEditors(jsonSchema);
    },
  });
}

/** Leaves out defaults that say nothing, and lets a reference stand for a value, which isn't known before it is looked up. */
function forEditors(schema: zod.core.JSONSchema.BaseSchema): void {
  // That of a list or mapping is what is in it.
  if (typeof schema.default === "object") delete schema.default;
  const { pattern, enum: words } = schema;
  if (pattern && !pattern.endsWith(ANY_REFERENCE)) schema.pattern = `${pattern}|${ANY_REFERENCE}`;
  if (words === undefined) return;
  delete schema.enum;
  delete schema.type;
  schema.anyOf = [{ enum: words }, { type: "string", pattern: ANY_REFERENCE }];
}

/** The schema of a key: absent or with its default where nothing is written. */
function keySchema(z: Zod, entry: Entry): Schema {
  return documented(withDefault(z, entry), entry);
}

function documented(schema: Schema, entry: Entry): Schema {
  return schema.meta({
    description: describe(entry),
    ...("example" in entry && { examples: [entry.example] }),
    ...(entry.type === "section" && entry.atLeastOne && { minProperties: 1 }),
  });
}

function describe(entry: Entry): string {
  if (entry.type === "section" || entry.type === "map") return sentences(entry);
  return `${sentences(entry)} Expected: ${expectedOf(entry)}.`;
}

function withDefault(z: Zod, entry: Entry): Schema {
  const schema = valueSchema(z, entry);
  if (entry.type === "section") return isOptional(entry) ? schema.exactOptional() : schema.prefault({});
  if (entry.type === "map") return schema.prefault({});
  if (entry.type === "list" && entry.default) return schema.default([]);
  if (entry.default !== undefined) return schema.prefault(entry.default);
  return entry.required ? schema : schema.exactOptional();
}

function valueSchema(z: Zod, entry: Entry): Schema {
  const error = expectedOf(entry);
  switch (entry.type) {
    case "section":
      return sectionSchema(z, entry);
    case "map":
      return z.record(textSchema(z, entry.names ?? "name"), documented(valueSchema(z, entry.values), entry.values), {
        error,
      });
    case "list":
      return listSchema(z, entry);
    case "integer":
    case "port":
      return integerSchema(z, entry);
    case "size":
      return sizeSchema(z, entry);
    case "duration":
      return z.string({ error }).regex(DURATION, { error }).transform((value) => parseDuration(value) ?? 0)
        .pipe(z.number().min(1, { error }).max(LONGEST, { error }));
    case "data":
      return z.any().refine((value) => value !== undefined && value !== null, { error });
    case "boolean":
      return z.union([z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")], { error });
    case "choice":
      return z.enum(entry.choices, { error });
    case "address":
      return z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], { error });
    default:
      return textSchema(z, entry.type);
  }
}

/** A mapping with the keys of a section, and no other. */
function sectionSchema(z: Zod, section: Section<never>): Schema {
  const { keys, rules = [], atLeastOne } = section;
  const shape = Object.fromEntries(Object.entries(keys).map(([key, entry]) => [key, keySchema(z, entry)]));
  const names = Object.keys(keys).join(", ");
  return z.strictObject(shape, { error: expectedOf(section) }).check(({ value, issues }) => {
    const broken = rules.flatMap((rule) => rule(value as never) ?? []);
    const empty = atLeastOne && Object.keys(value).length === 0;
    for (const { path, expected } of empty ? [{ path: [], expected: `at least one of ${names}` }] : broken) {
      issues.push({ code: "custom", path: [...path], message: expected, input: value });
    }
  });
}

function listSchema(z: Zod, { items, expected, or, nonEmpty }: EntryOf<"list">): Schema {
  const all = z.array(documented(valueSchema(z, items), items), { error: expected });
  const list = nonEmpty === undefined ? all : all.min(1, { error: nonEmpty });
  return or === undefined ? list : z.union([z.literal(or), list], { error: expected });
}

function textSchema(z: Zod, type: keyof typeof FORMATS): zod.ZodString {
  const { expected: error, pattern = /^/ } = FORMATS[type];
  return z.string({ error }).regex(pattern, { error });
}

/** A number, or digits: what an environment variable holds is text. */
function integerSchema(z: Zod, entry: EntryOf<"integer" | "port">): Schema {
  const error = expectedOf(entry);
  const range = z.int({ error }).min(entry.min, { error }).max("max" in entry ? entry.max : 65535, { error });
  return z.union([range, z.string().regex(/^\d{1,15}$/).transform(Number).pipe(range)], { error });
}

function sizeSchema(z: Zod, entry: EntryOf<"size">): Schema {
  const error = expectedOf(entry);
  const range = z.int({ error }).min(parseSize(entry.min) ?? 0, { error }).max(parseSize(entry.max) ?? 0, { error });
  return z.union([range, z.string().regex(SIZE).transform((value) => parseSize(value) ?? -1).pipe(range)], { error });
}
