import assert from "node:assert/strict";
import { createLog } from "../../../src/cli/output/log.ts";
import { capture } from "../terminal.ts";

const now = () => new Date("2025-03-01T12:34:56.789Z");

Deno.test("a text log has a line a record: time, level, message, details", () => {
  const output = capture();
  const log = createLog(output, { format: "text", level: "info", now });
  log.write("info", "started", "Started", { port: 104, name: "CT 1", empty: "", none: undefined });
  log.write("warn", "trouble", "Trouble");
  assert.deepEqual(
    output.text(),
    '2025-03-01T12:34:56.789Z info  Started port=104 name="CT 1"\n2025-03-01T12:34:56.789Z warn  Trouble\n',
  );
});

Deno.test("a text log on a terminal has the time of day, and colour where it is welcome", () => {
  const [plain, colourful] = [capture({ isTerminal: true }), capture({ isTerminal: true, colour: true })];
  for (const output of [plain, colourful]) {
    createLog(output, { format: "text", level: "info", now }).write("warn", "e", "M");
  }
  assert.match(plain.text(), /^\d\d:\d\d:\d\d warn {2}M\n$/);
  assert.ok(colourful.text().endsWith("\x1b[33mwarn \x1b[0m M\n"));
});

Deno.test("a JSON log has an object a line", () => {
  const output = capture();
  const log = createLog(output, { format: "json", level: "info", now });
  log.write("error", "failed", "It failed", { port: 104, none: undefined });
  assert.deepEqual(
    output.text(),
    '{"time":"2025-03-01T12:34:56.789Z","level":"error","event":"failed","message":"It failed","port":104}\n',
  );
});

Deno.test("a log leaves out what is below its level, and tells so", () => {
  const output = capture();
  const log = createLog(output, { format: "text", level: "warn", now });
  log.write("debug", "e", "m");
  log.write("info", "e", "m");
  assert.deepEqual([output.text(), log.isEnabled("info"), log.isEnabled("warn")], ["", false, true]);
  log.write("error", "e", "m");
  assert.deepEqual(output.lines().length, 1);
});

const hostile = "x\r\n12:00 info  Fake\x1b[2J\x9b31m\u202egnp.exe\u2028\0";

Deno.test("hostile text stays on its line, whatever the format", () => {
  for (const format of ["text", "json"] as const) {
    const output = capture();
    createLog(output, { format, level: "info", now }).write("warn", "e", hostile, {
      calling: hostile,
      sopClass: `a=${hostile}`,
    });
    assert.deepEqual(output.lines().length, 1);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(output.text().slice(0, -1), /[\0-\x1f\x7f-\x9f\u2028\u202e]/);
    assert.ok(output.text().includes("\\u001b[2J"));
  }
});
