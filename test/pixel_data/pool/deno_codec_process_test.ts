import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CodecPool } from "../../../src/pixel_data/pool/codec_pool.ts";
import { denoCodecPool, startDenoCodecProcess } from "../../../src/pixel_data/pool/deno_codec_process.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { run } from "../../support/process.ts";
import { describe, frameFor } from "../descriptions.ts";

const config = fileURLToPath(new URL("../../../deno.json", import.meta.url));
const MESSAGES = new URL("../../../src/pixel_data/pool/messages.ts", import.meta.url).href;

/** A program for a process: it says that it is there, and then does something else than codecs. */
function program(then: string): string {
  const source = `
    const write = async (head) => {
      const text = new TextEncoder().encode(JSON.stringify(head));
      const lengths = new DataView(new ArrayBuffer(8));
      lengths.setUint32(0, text.length, true);
      await Deno.stdout.write(new Uint8Array([...new Uint8Array(lengths.buffer), ...text]));
    };
    await write({ number: 0, outcome: "done" });
    ${then}
  `;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

const task = { operation: "encode", codec: "rle", description: describe() } as const;

Deno.test("a process of codecs may not read, write, connect, start others or see the environment", async () => {
  const attempts = {
    read: `Deno.readTextFile(${JSON.stringify(new URL(import.meta.url).pathname)})`,
    write: `Deno.writeTextFile("/tmp/gantry-codec", "")`,
    net: `fetch("http://127.0.0.1:1/")`,
    listen: `Promise.resolve().then(() => Deno.listen({ port: 0 }))`,
    run: `Promise.resolve().then(() => new Deno.Command("true").output())`,
    env: `Promise.resolve().then(() => Deno.env.get("HOME"))`,
    import: `import(${JSON.stringify(MESSAGES)}.toString())`,
  };
  for (const [what, attempt] of Object.entries(attempts)) {
    const then = `
      await Deno.stdin.read(new Uint8Array(1));
      const message = await ${attempt}.then(() => "permitted", (error) => error.name);
      await write({ number: 1, outcome: "failed", reason: "unsupported", message });
    `;
    await using pool = new CodecPool(() => startDenoCodecProcess(program(then)), { size: 1 });
    const outcome = await pool.run(task, frameFor(task.description)).catch((error: Error) => error.message);
    assert.match(String(outcome), /NotCapable|TypeError/, what);
  }
});

Deno.test("a process that spins is gone soon after its deadline", async () => {
  const start = () => startDenoCodecProcess(program("while (true);"));
  const pool = new CodecPool(start, { size: 1, deadline: 300 });
  const before = performance.now();
  await assert.rejects(pool.run(task, frameFor(task.description)), { reason: "deadline" });
  await pool[Symbol.asyncDispose]();
  assert.ok(performance.now() - before < 60_000);
  assert.equal(pool.size, 0);
});

Deno.test("a process that ends by itself, or writes what is no message, costs its task", async () => {
  for (
    const [then, reason] of [["Deno.exit(3)", "crashed"], ["console.log('x'.repeat(100))", "crashed"], [
      "await write({ number: 7, outcome: 'done' })",
      "crashed",
    ]] as const
  ) {
    await using pool = new CodecPool(() => startDenoCodecProcess(program(then)), { size: 1 });
    await assert.rejects(pool.run(task, frameFor(task.description)), { name: "PixelDataError", reason });
  }
});

Deno.test("a pool on Deno does tasks, and leaves nothing behind", async () => {
  await using pool = denoCodecPool({ size: 2 });
  const tasks = Array.from({ length: 6 }, () => pool.run({ ...task, codec: "jpeg-ls" }, frameFor(task.description)));
  const encoded = await Promise.all(tasks);
  assert.ok(encoded.every((bytes) => bytes[0] === 0xff && bytes[3] === 0xf7));
  assert.equal(pool.size, 2);
});

Deno.test("a process of codecs starts with permission for deno alone, also where that is a link in the PATH", async () => {
  using folder = temporaryFolder();
  Deno.symlinkSync(Deno.execPath(), `${folder.path}/deno`);
  const url = new URL("../../../src/pixel_data/pool/deno_codec_process.ts", import.meta.url).href;
  Deno.writeTextFileSync(
    `${folder.path}/main.ts`,
    `
    import { permittedDeno, startDenoCodecProcess } from ${JSON.stringify(url)};
    const permitted = permittedDeno();
    if (permitted === undefined) {
      console.log("none");
    } else {
      const child = startDenoCodecProcess(${JSON.stringify(program(""))});
      await child.read();
      await child.ended;
      console.log(permitted);
    }
    `,
  );
  const started = async (...permissions: string[]) => {
    const args = ["run", "-q", "--no-prompt", "--no-check", "--config", config, ...permissions, "main.ts"];
    const env = { PATH: `${folder.path}:/usr/bin:/bin` };
    const { stdout, stderr } = await run(Deno.execPath(), args, { cwd: folder.path, env });
    return stdout.trim() || stderr;
  };
  assert.equal(await started("--allow-run=deno"), "deno");
  assert.equal(await started(`--allow-run=${Deno.execPath()}`), Deno.execPath());
  assert.equal(await started(), "none");
});
