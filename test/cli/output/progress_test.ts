import assert from "node:assert/strict";
import fc from "fast-check";
import { ProgressBar, renderProgress } from "../../../src/cli/output/progress.ts";
import { capture } from "../terminal.ts";

const half = { items: 200, totalItems: 400, bytes: 100e6, totalBytes: 200e6, elapsed: 2000 };

Deno.test("renderProgress() shows bar, share, items, time left, rate and bytes", () => {
  assert.deepEqual(
    renderProgress("Sending", half, 100),
    "Sending  ███████████████░░░░░░░░░░░░░░░   50%  200/400  2 s left  50 MB/s  100 MB of 200 MB",
  );
});

Deno.test("renderProgress() leaves out what matters least as the terminal gets narrower", () => {
  assert.deepEqual(renderProgress("Sending", half, 60), "Sending  ████████▌░░░░░░░░   50%  200/400  2 s left  50 MB/s");
  assert.deepEqual(renderProgress("Sending", half, 50), "Sending  ████████░░░░░░░░   50%  200/400  2 s left");
  assert.deepEqual(renderProgress("Sending", half, 40), "Sending  ████████░░░░░░░░   50%  200/400");
  assert.deepEqual(renderProgress("Sending", half, 30), "Sending   50%  200/400");
  assert.deepEqual(renderProgress("Sending", half, 20), "Sending   50%");
  assert.deepEqual(renderProgress("Sending", half, 8), " 50%");
  assert.deepEqual(renderProgress("Sending", half, 0), "");
});

Deno.test("renderProgress() knows no time left at the start and at the end", () => {
  assert.doesNotMatch(renderProgress("S", { ...half, bytes: 0, elapsed: 0 }, 100), /left/);
  assert.match(renderProgress("S", { ...half, items: 400, bytes: 200e6 }, 100), /█ {2}100% {2}400\/400 {2}100 MB\/s/);
  assert.match(renderProgress("S", { items: 0, totalItems: 0, bytes: 0, totalBytes: 0, elapsed: 0 }, 100), /0%/);
});

Deno.test("renderProgress() never exceeds the width", () => {
  const amount = fc.nat({ max: 1e12 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), amount, amount, amount, amount, amount, (width, ...numbers) => {
      const [items = 0, totalItems = 0, bytes = 0, totalBytes = 0, elapsed = 0] = numbers;
      const line = renderProgress("Sending", { items, totalItems, bytes, totalBytes, elapsed }, width);
      assert.ok(line.length <= width && !line.includes("NaN") && !line.includes("Infinity"), line);
    }),
    { seed: 42 },
  );
});

Deno.test("ProgressBar redraws in place, ten times a second at most, and goes away", () => {
  let now = 0;
  const output = capture({ isTerminal: true });
  const bar = new ProgressBar(output, "Sending", () => now);
  for (; now <= 500; now += 10) bar.update(half);
  assert.deepEqual(output.text().split("\r").length - 1, 6);
  assert.deepEqual(output.text().includes("\n"), false);
  bar.clear();
  assert.ok(output.text().endsWith("\r\x1b[K"));
});

Deno.test("ProgressBar colours only where colour is welcome", () => {
  const [plain, colourful] = [capture({ isTerminal: true }), capture({ isTerminal: true, colour: true })];
  new ProgressBar(plain, "Sending").update(half);
  new ProgressBar(colourful, "Sending").update(half);
  assert.ok(!plain.text().includes("\x1b[32m"));
  assert.ok(colourful.text().includes("\x1b[32m█"));
});

Deno.test("ProgressBar writes nothing where there is no terminal", () => {
  const output = capture();
  const bar = new ProgressBar(output, "Sending");
  bar.update(half);
  bar.clear();
  assert.deepEqual(output.text(), "");
});
