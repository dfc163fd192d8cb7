import assert from "node:assert/strict";
import { parseArgs } from "@std/cli/parse-args";
import { parse } from "@std/yaml/parse";

const operandsAreText = { string: ["_"] };

Deno.test("parseArgs() reads flags with a value, attached or not, and operands as text", () => {
  const options = { string: ["_", "host"] };
  assert.deepEqual(parseArgs(["--host", "a", "104"], options), { _: ["104"], host: "a" });
  assert.deepEqual(parseArgs(["104", "--host=a=b"], options), { _: ["104"], host: "a=b" });
  assert.deepEqual(parseArgs(["--host", "1"], options).host, "1");
});

Deno.test("parseArgs() gives an empty text for a value that is missing", () => {
  const options = { string: ["host"], boolean: ["json"] };
  assert.deepEqual(parseArgs(["--host"], options), { _: [], host: "", json: false });
  assert.deepEqual(parseArgs(["--host", "--json"], options), { _: [], host: "", json: true });
});

Deno.test("parseArgs() lets the last of repeated flags count, and collects those it is told to", () => {
  const options = { string: ["host", "key"], collect: ["key"] };
  assert.deepEqual(parseArgs(["--host", "a", "--host", "b"], options), { _: [], host: "b", key: [] });
  assert.deepEqual(parseArgs(["--key", "a", "--key", "b"], options), { _: [], key: ["a", "b"] });
});

Deno.test("parseArgs() lets boolean flags take no value but true and false", () => {
  const options = { ...operandsAreText, boolean: ["json"] };
  assert.deepEqual(parseArgs([], options), { _: [], json: false });
  assert.deepEqual(parseArgs(["--json", "x"], options), { _: ["x"], json: true });
  assert.deepEqual(parseArgs(["--json", "false", "x"], options), { _: ["x"], json: false });
  assert.deepEqual(parseArgs(["--json=false"], options), { _: [], json: false });
});

Deno.test("parseArgs() negates those flags alone that are negatable", () => {
  const unknown: unknown[] = [];
  const options = {
    boolean: ["durable", "json"],
    negatable: ["durable"],
    unknown: (argument: string, flag?: string) => (unknown.push([argument, flag]), false),
  };
  assert.deepEqual(parseArgs(["--no-durable", "--no-json"], options), { _: [], durable: false, json: false });
  assert.deepEqual(unknown, [["--no-json", "no-json"]]);
});

Deno.test("parseArgs() sets every name of a flag", () => {
  const options = { string: ["key"], boolean: ["help"], collect: ["key"], alias: { help: "h", key: ["k"] } };
  assert.deepEqual(parseArgs(["-h", "-k", "a", "--key=b", "-k=c"], options), {
    _: [],
    h: true,
    help: true,
    k: ["a", "b", "c"],
    key: ["a", "b", "c"],
  });
});

Deno.test("parseArgs() fills in defaults", () => {
  assert.deepEqual(parseArgs([], { default: { port: 104 }, alias: { port: "p" } }), { _: [], port: 104, p: 104 });
  assert.deepEqual(parseArgs(["-p", "1"], { default: { port: 104 }, alias: { port: "p" } }), { _: [], port: 1, p: 1 });
});

Deno.test("parseArgs() asks about each flag that no option names, and about each operand", () => {
  const seen: unknown[] = [];
  const unknown = (argument: string, flag?: string) => (seen.push([argument, flag]), flag === undefined);
  assert.deepEqual(parseArgs(["x", "--prot=1", "-z"], { ...operandsAreText, unknown }), { _: ["x"] });
  assert.deepEqual(seen, [["x", undefined], ["--prot=1", "prot"], ["-z", "z"]]);
});

Deno.test("parseArgs() takes what follows -- as it is, and - as an operand", () => {
  assert.deepEqual(parseArgs(["-", "a", "--", "--json"], operandsAreText), { _: ["-", "a", "--json"] });
  assert.deepEqual(parseArgs(["a", "--", "--json"], { ...operandsAreText, "--": true }), {
    _: ["a"],
    "--": ["--json"],
  });
});

const core = { schema: "core" } as const;

Deno.test("parse() resolves scalars by YAML 1.2's core schema", () => {
  assert.deepEqual(parse("a: 104\nb: true\nc: ~\nd: yes\ne: 2024-01-01\nf: '1'\ng: 1.5\n1: x", core), {
    a: 104,
    b: true,
    c: null,
    d: "yes",
    e: "2024-01-01",
    f: "1",
    g: 1.5,
    "1": "x",
  });
});

Deno.test("parse() gives mappings that no key can poison", () => {
  const value = parse("__proto__: { admin: true }", core);
  assert.ok(typeof value === "object" && value !== null && Object.hasOwn(value, "__proto__"));
});

Deno.test("parse() follows anchors and leaves << alone", () => {
  assert.deepEqual(parse("a: &x { b: 1 }\nc: *x\nd: { <<: *x }", core), {
    a: { b: 1 },
    c: { b: 1 },
    d: { "<<": { b: 1 } },
  });
});

Deno.test("parse() gives null for an empty text, and drops a byte order mark", () => {
  assert.deepEqual(parse("", core), null);
  assert.deepEqual(parse("# nothing", core), null);
  assert.deepEqual(parse("\uFEFFa: 1", core), { a: 1 });
});

Deno.test("parse() keeps private use characters as they are", () => {
  assert.deepEqual(parse("a: { b: x\uE0007\uE001 }", core), { a: { b: "x\uE0007\uE001" } });
});

for (
  const [what, text] of [
    ["a repeated key", "a: 1\na: 2"],
    ["a second document", "a: 1\n---\nb: 2"],
    ["an unfinished flow", "a: ["],
    ["wrong indentation", "a: 1\n b: 2"],
    ["an unknown tag", "a: !!js/function x"],
  ] as const
) {
  Deno.test(`parse() throws a SyntaxError for ${what}`, () => {
    assert.throws(() => parse(text, core), SyntaxError);
  });
}
