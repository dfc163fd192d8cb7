import assert from "node:assert/strict";
import { runListen, type Start } from "../../../src/cli/commands/listen.ts";
import { defaultConfig } from "../../../src/config.ts";
import type { Gateway } from "../../../src/gateway/gateway.ts";
import { ConfigError } from "../../../src/config/config_error.ts";
import { fakeTerminal } from "../terminal.ts";
import { until } from "../../support/until.ts";

const none = {
  config: undefined,
  aeTitle: undefined,
  host: undefined,
  port: undefined,
  httpHost: undefined,
  httpPort: undefined,
  data: undefined,
  logFormat: undefined,
  logLevel: undefined,
};

/** Runs `gantry listen` over a gateway that notes what it is told; `signal()` asks the process to end. */
function begin(values: Partial<Record<keyof typeof none, unknown>> = {}) {
  const terminal = fakeTerminal();
  const notes: string[] = [];
  const calls: Parameters<Start>[] = [];
  const drained = Promise.withResolvers<boolean>();
  const draining = Promise.withResolvers<void>();
  const listening = Promise.withResolvers<void>();
  const replaced: Parameters<Gateway["replaceRoutes"]>[0][] = [];
  let signal = () => {};
  let readAgain = () => {};
  const gateway: Awaited<ReturnType<Start>> = {
    dicom: { hostname: "0.0.0.0", port: 54321 },
    http: { hostname: "::1", port: 54322 },
    gateway: {
      replaceRoutes(config) {
        if (config.routes.some(({ name }) => name === "unfit")) {
          return Promise.reject(new ConfigError("Cannot use the routes", []));
        }
        return Promise.resolve(void replaced.push(config));
      },
    },
    drain: () => (notes.push("drain"), draining.resolve(), drained.promise),
    abort: () => (notes.push("abort"), drained.resolve(true)),
  };
  const done = runListen(
    { operands: [], values: { ...none, ...values } as typeof none, terminal },
    (...call) => (calls.push(call), Promise.resolve(gateway)),
    (end, again) => {
      signal = end;
      readAgain = again;
      listening.resolve();
      return () => void notes.push("unhooked");
    },
  );
  return {
    terminal,
    notes,
    calls,
    done,
    drained,
    draining: draining.promise,
    listening: listening.promise,
    signal: () => signal(),
    readAgain: () => readAgain(),
    replaced,
  };
}

Deno.test("gantry listen says where it listens and keeps things, then drains when told to end", async () => {
  const { terminal, notes, calls, done, drained, listening, signal } = begin();
  await listening;
  assert.deepEqual(calls.map(([config]) => config), [defaultConfig]);
  assert.deepEqual(terminal.err.lines(), [
    "Gantry is listening",
    "  DICOM    GANTRY on 0.0.0.0:54321",
    "  HTTP     http://[::1]:54322",
    "  Archive  ./data",
    "  Config   built-in defaults",
    "  No access rules: any AE may associate and use every service. Press Ctrl-C to stop.",
  ]);
  signal();
  drained.resolve(true);
  assert.deepEqual(await done, 0);
  assert.deepEqual(notes, ["drain", "unhooked"]);
  assert.deepEqual(terminal.out.text(), "");
});

Deno.test("gantry listen says whether any AE may do anything", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    for (
      const [yaml, said] of [
        ["{}", "No access rules: any AE may associate and use every service"],
        ["dicom: { allow: [{ aeTitle: CT1 }] }", "Access rules: only the AEs they allow may associate"],
      ] as const
    ) {
      await Deno.writeTextFile(file, yaml);
      const { terminal, done, drained, listening, signal } = begin({ config: file });
      await listening;
      assert.equal(terminal.err.lines().at(-1), `  ${said}. Press Ctrl-C to stop.`);
      signal();
      drained.resolve(true);
      await done;
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("gantry listen reads its routes again when it is told to; where they are wrong the old ones stay", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  const destinations = "destinations: { DISK: { folder: /tmp } }\n";
  const write = (routes: string) => Deno.writeTextFile(file, `${destinations}${routes}`);
  try {
    await write("routes: [{ name: all, to: DISK }]");
    const { terminal, done, drained, listening, signal, readAgain, replaced } = begin({ config: file });
    await listening;
    const said = async (text: RegExp) => {
      readAgain();
      await until(`${text} is said`, () => text.test(terminal.err.lines().at(-1)!));
    };
    await write("routes: [{ name: ct, when: { Modality: CT }, to: DISK }]");
    await said(/hold from now on/);
    assert.deepEqual(replaced.map(({ routes }) => routes.map(({ name }) => name)), [["ct"]]);
    await write("routes: [{ name: ct, when: { Modalty: CT }, to: DISK }]");
    await said(/The old routes stay.*Modality \(did you mean that\?\)/);
    await write("routes: [{ name: unfit, to: DISK }]");
    await said(/The old routes stay\. Cannot use the routes/);
    await Deno.remove(file);
    await said(/The old routes stay\. Cannot read the configuration/);
    assert.equal(replaced.length, 1);
    signal();
    drained.resolve(true);
    assert.equal(await done, 0);
  } finally {
    await Deno.remove(file).catch(() => {});
  }
});

Deno.test("gantry listen aborts and fails when it is told twice", async () => {
  const { notes, done, listening, draining, signal } = begin();
  await listening;
  signal();
  await draining;
  signal();
  assert.deepEqual(await done, 1);
  assert.deepEqual(notes, ["drain", "abort", "unhooked"]);
});

Deno.test("gantry listen fails when not everything was closed in time", async () => {
  const { notes, done, drained, listening, signal } = begin();
  await listening;
  signal();
  drained.resolve(false);
  assert.deepEqual(await done, 1);
  assert.deepEqual(notes, ["drain", "unhooked"]);
});

Deno.test("gantry listen lets flags win over the configuration", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(
      file,
      "aeTitle: FILE\ndicom: { port: 104, host: 127.0.0.1 }\ntls: { certificate: a, key: b }\n",
    );
    const { calls, done, drained, listening, signal, terminal } = begin({ config: file, port: 0, data: "elsewhere" });
    await listening;
    const [config] = calls[0] ?? [];
    const folder = file.slice(0, file.lastIndexOf("/") + 1);
    assert.deepEqual([config?.aeTitle, config?.dicom.port, config?.dicom.host], ["FILE", 0, "127.0.0.1"]);
    assert.deepEqual([config?.archive.path, config?.tls], ["elsewhere", {
      certificate: `${folder}a`,
      key: `${folder}b`,
      profile: "bcp195",
      native: false,
    }]);
    assert.match(terminal.err.text(), /FILE on 0\.0\.0\.0:54321 \(TLS\)/);
    signal();
    drained.resolve(true);
    await done;
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("gantry listen --log-format json logs objects, of what it listens on too", async () => {
  const { terminal, done, drained, listening, signal } = begin({ logFormat: "json" });
  await listening;
  signal();
  drained.resolve(true);
  await done;
  const records = terminal.err.lines().map((line) => JSON.parse(line));
  assert.deepEqual(records.map(({ level, event }) => [level, event]), [["info", "listening"], ["info", "draining"], [
    "info",
    "ended",
  ]]);
  assert.deepEqual([records[0].dicomPort, records[0].httpPort, records[0].archive], [54321, 54322, "./data"]);
});

Deno.test("gantry listen refuses an open sidecar without a token, whoever asks for it", async () => {
  await assert.rejects(begin({ httpHost: "0.0.0.0" }).done, (error: Error) => {
    assert.deepEqual(error instanceof ConfigError, true);
    assert.match(
      error.message,
      /^Cannot use the configuration:\n {2}http\.host: found "0\.0\.0\.0", expected a loopback address/,
    );
    return true;
  });
});
