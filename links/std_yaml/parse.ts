/**
 * Stands in for `jsr:@std/yaml/parse` where JSR cannot be reached: what Gantry uses of it, over js-yaml.
 *
 * @module
 */

import { CORE_SCHEMA, loadAll, YAMLException } from "js-yaml";

/** Gantry reads YAML 1.2's core schema only: no dates, no merge keys. */
export interface ParseOptions {
  schema: "core";
}

/** The one document of `content`; null when it holds none. Throws SyntaxError, for a repeated key too. */
export function parse(content: string, _options: ParseOptions): unknown {
  const documents = load(content);
  if (documents.length > 1) throw new SyntaxError(`Found ${documents.length} documents: expected one`);
  return documents[0] ?? null;
}

function load(content: string): unknown[] {
  try {
    return loadAll(content, { schema: CORE_SCHEMA });
  } catch (error) {
    throw error instanceof YAMLException ? new SyntaxError(error.message, { cause: error }) : error;
  }
}
