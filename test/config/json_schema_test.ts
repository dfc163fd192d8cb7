import assert from "node:assert/strict";
import { configJsonSchema } from "../../src/config.ts";

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minProperties?: number;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** Every key with its schema, by key path. */
function keysOf(node: Node, path: string): [path: string, node: Node][] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, inner]): [string, Node][] => {
    const keyPath = path === "" ? key : `${path}.${key}`;
    return [[keyPath, inner], ...keysOf(inner, keyPath)];
  });
  const { items, additionalProperties } = node;
  const inItems = items === undefined ? [] : keysOf(items, `${path}[]`);
  const inValues = typeof additionalProperties === "object" ? keysOf(additionalProperties, `${path}.NAME`) : [];
  return [...own, ...inItems, ...inValues];
}

const schema: Node = await configJsonSchema();
const keys = new Map(keysOf(schema, ""));

/** The alternatives of a schema. */
function alternatives(path: string): readonly Node[] {
  const node = keys.get(path);
  assert.ok(node, path);
  return node.anyOf ?? [node];
}

/** Whether anything may stand there. */
function isFree(path: string): boolean {
  const { type, anyOf, pattern } = keys.get(path)!;
  return (type ?? anyOf ?? pattern) === undefined;
}

Deno.test("configJsonSchema() describes every key, with its default or an example", () => {
  for (const path of ["aeTitle", "dicom.maxPduLength", "dicom.allow[].certificate.name", "peers.NAME.tls.ca"]) {
    assert.ok(keys.has(path), path);
  }
  for (const [path, { description = "", default: fallback, examples, type }] of keys) {
    assert.match(description, /^\S.*\.$/, path);
    if (type === "object" || type === "array") continue;
    assert.ok(fallback !== undefined || examples?.length === 1, `${path} has neither default nor example`);
  }
});

Deno.test("configJsonSchema() shows defaults as they are written", () => {
  assert.equal(keys.get("dicom.port")?.default, 11112);
  assert.equal(keys.get("dicom.timeouts.idle")?.default, "60s");
  assert.equal(keys.get("dicom.maxMemory")?.default, "2GiB");
  assert.equal(keys.get("archive.durable")?.default, true);
  // No more than that they may be left out.
  for (const path of ["dicom", "dicom.allow", "peers"]) assert.equal(keys.get(path)?.default, undefined);
});

Deno.test("configJsonSchema() knows what has to be there, and no other keys", () => {
  assert.deepEqual([schema.description, schema.required], ["Configuration of Gantry.", undefined]);
  assert.deepEqual(keys.get("tls")?.required, ["certificate", "key"]);
  assert.equal(keys.get("dicom")?.additionalProperties, false);
  assert.equal(keys.get("dicom.allow")?.items?.minProperties, 1);
  assert.equal(keys.get("dicom.allow[].certificate")?.minProperties, 1);
});

Deno.test("configJsonSchema() lets a reference stand for every plain value", () => {
  for (const [path, { type, items }] of keys) {
    if (type === "object" || items !== undefined || isFree(path)) continue;
    const accepts = alternatives(path).flatMap((node) => [node, ...node.anyOf ?? []])
      .some(({ pattern }) => pattern !== undefined && new RegExp(pattern).test("${NAME:-x}"));
    assert.ok(accepts || path === "dicom.allow[].users", path);
  }
});
