import assert from "node:assert/strict";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../../../src/cli/command_line/command.ts";
import { commandHelp } from "../../../src/cli/command_line/help.ts";
import { fakeTerminal } from "../terminal.ts";

const flags = {
  aeTitle: { type: "text", value: "AET", help: "AE title" },
  level: { type: "text", value: "LEVEL", choices: ["low", "high"], help: "How much" },
  port: { type: "integer", short: "p", value: "PORT", minimum: 1, maximum: 65535, help: "Port" },
  wait: { type: "duration", value: "TIME", help: "How long" },
  json: { type: "boolean", help: "As JSON" },
} as const satisfies Flags;

/** Runs a command line, and gives what the command was called with. */
async function parse(...args: string[]): Promise<Omit<Call<typeof flags>, "terminal">> {
  let seen: Call<typeof flags> | undefined;
  const command = defineCommand({
    ...description,
    run: (call) => (seen = call, Promise.resolve(ExitCode.Done)),
  });
  await command.execute(args, fakeTerminal());
  return { operands: seen?.operands ?? [], values: seen?.values ?? {} as never };
}

const description = {
  name: "try",
  summary: "Try it",
  operands: [{ name: "PEER", help: "the peer" }, { name: "PATH", help: "files", optional: true, many: true }],
  flags,
  examples: [["try PACS", "Just try"]],
  failed: "It failed",
} as const;

Deno.test("a choice may be written in upper case", async () => {
  for (const level of ["high", "HIGH", "High"]) assert.equal((await parse("A", "--level", level)).values.level, "high");
});

Deno.test("a command gets its flags by name and type, and undefined or false for absent ones", async () => {
  const { values } = await parse("A", "--ae-title", "CT 1", "-p", "104", "--wait=1.5s", "--json", "--level", "high");
  assert.deepEqual(values, { aeTitle: "CT 1", level: "high", port: 104, wait: 1500, json: true });
  assert.deepEqual((await parse("A")).values, {
    aeTitle: undefined,
    level: undefined,
    port: undefined,
    wait: undefined,
    json: false,
  });
});

Deno.test("a command gets operands as they were written", async () => {
  assert.deepEqual((await parse("104", "007", "--json", "-", "--", "--odd")).operands, ["104", "007", "-", "--odd"]);
});

for (
  const [what, args, message] of [
    ["an unknown flag", ["A", "--prot", "1"], "Cannot understand --prot: no such flag; did you mean --port?"],
    [
      "an unknown flag like no other",
      ["A", "--colour=red"],
      "Cannot understand --colour: no such flag; expected one of --ae-title, --level, --port, --wait, --json",
    ],
    ["an unknown short flag", ["A", "-x"], /^Cannot understand -x: no such flag/],
    ["a negated flag", ["A", "--no-json"], /^Cannot understand --no-json/],
    ["an empty value", ["A", "--ae-title="], "Cannot understand --ae-title=: found no value after the ="],
    ["a missing value", ["A", "--ae-title"], "Cannot understand --ae-title: found no value, expected AET"],
    ["a flag for a value", ["A", "--ae-title", "--json"], "Cannot understand --ae-title: found no value, expected AET"],
    [
      "a port that is none",
      ["A", "--port", "1e3"],
      'Cannot understand --port: found "1e3", expected a whole number from 1 to 65535',
    ],
    [
      "a port out of range",
      ["A", "-p", "0"],
      'Cannot understand --port: found "0", expected a whole number from 1 to 65535',
    ],
    [
      "a duration without its unit",
      ["A", "--wait", "5"],
      'Cannot understand --wait: found "5", expected a duration such as 500ms, 30s or 5m',
    ],
    ["a choice that is none", ["A", "--level", "mid"], 'Cannot understand --level: found "mid", expected low or high'],
    ["a missing operand", [], "Cannot start: PEER is missing; expected the peer"],
  ] as const
) {
  Deno.test(`a command refuses ${what}`, async () => {
    await assert.rejects(parse(...args), (error: Error) => {
      assert.deepEqual(error instanceof UsageError, true);
      if (typeof message === "string") assert.deepEqual(error.message, message);
      else assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("a command refuses an operand too many", async () => {
  const command = defineCommand({ ...description, operands: [], run: () => Promise.resolve(ExitCode.Done) });
  await assert.rejects(command.execute(["x"], fakeTerminal()), /Cannot understand "x": unexpected operand/);
});

Deno.test("commandHelp() shows usage, flags, examples and exit codes from the table", () => {
  const command = defineCommand({ ...description, run: () => Promise.resolve(ExitCode.Done) });
  assert.deepEqual(
    commandHelp(command),
    `Try it

Usage: gantry try PEER [PATH…] [FLAGS]

  PEER  The peer
  PATH  Files

Flags:
      --ae-title AET  AE title
      --level LEVEL   How much
  -p, --port PORT     Port
      --wait TIME     How long
      --json          As JSON
  -h, --help          Show this help

Examples:
  gantry try PACS  Just try

Exit codes:
  0  Success
  1  It failed
  2  The command line or the configuration is invalid
`,
  );
});
