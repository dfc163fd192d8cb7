/**
 * `gantry listen`: runs the gateway until it is told to end.
 *
 * @module
 */

import { type Config, defaultConfig } from "../../config.ts";
import type { startGateway } from "../../hosts/deno.ts";
import type { RunningGateway } from "../../hosts/host.ts";
import type { OnNotice } from "../../hosts/notice.ts";
import type { Endpoint } from "../../upper_layer/connection.ts";
import { type Call, defineCommand, ExitCode, type Flags, type Values } from "../command_line/command.ts";
import { configFlag, loadConfig, type LoadedConfig } from "../command_line/config_file.ts";
import { createLog, type Log, LOG_LEVELS } from "../output/log.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import { formatDuration } from "../output/units.ts";

const { aeTitle, dicom, http, archive } = defaultConfig;
const port = { type: "integer", value: "PORT", minimum: 0, maximum: 65535 } as const;

const flags = {
  config: configFlag,
  aeTitle: { type: "text", value: "AET", help: `AE title of this gateway (default ${aeTitle})` },
  host: { type: "text", value: "HOST", help: `Address to listen on for DICOM (default ${dicom.host})` },
  port: { ...port, short: "p", help: `DICOM port; 0 picks a free one (default ${dicom.port})` },
  httpHost: { type: "text", value: "HOST", help: `Address to listen on for HTTP (default ${http.host})` },
  httpPort: { ...port, help: `HTTP port; 0 picks a free one (default ${http.port})` },
  data: { type: "text", short: "d", value: "FOLDER", help: `Archive folder (default ${archive.path})` },
  logFormat: { type: "text", value: "FORMAT", choices: ["text", "json"], help: "Log format: text (default) or json" },
  logLevel: {
    type: "text",
    value: "LEVEL",
    choices: LOG_LEVELS,
    help: "Lowest level to log: debug, info (default), warn or error",
  },
} as const satisfies Flags;

/** What listens, as much as the command has to know of it. */
export type Start = (
  ...args: Parameters<typeof startGateway>
) => Promise<
  & Pick<RunningGateway, "abort" | "dicom" | "drain" | "http">
  & { readonly gateway: Pick<RunningGateway["gateway"], "replaceRoutes"> }
>;

/** Calls the first when the process is asked to end, the other when it is to read its routes again; answers what stops that. */
export type Signals = (end: () => void, readAgain: () => void) => () => void;

/** `gantry listen` */
export const listen = defineCommand({
  name: "listen",
  summary: "Run the gateway",
  description:
    "Answers C-ECHO, stores instances received by C-STORE, answers C-FIND, C-GET and C-MOVE from its archive, offers a\n" +
    "modality worklist, accepts performed procedure steps, and serves the HTTP API. Flags override the configuration.\n" +
    "SIGINT (Ctrl-C) or SIGTERM lets active associations finish; a second signal aborts them.\n" +
    "SIGHUP reloads the routes of the configuration; invalid routes leave the current ones in place. In a terminal,\n" +
    "SIGHUP stops the gateway as SIGTERM does.",
  operands: [],
  flags,
  examples: [
    ["listen", "Accept any peer and store instances in ./data"],
    ["listen --port 104 --ae-title ARCHIVE --data /var/lib/gantry", "Use another port, AE title and folder"],
    ["listen --config site.yaml --log-format json", "Use site.yaml and write JSON logs"],
  ],
  failed: "The gateway could not start, a second signal aborted it, or it could not close everything in time",
  run: async (call) => await runListen(call, (await import("../../hosts/deno.ts")).startGateway, processSignals),
});

/** Runs the command with what listens. */
export async function runListen(
  { values, terminal }: Call<typeof flags>,
  start: Start,
  signals: Signals,
): Promise<ExitCode> {
  const loaded = await loadConfig(values.config, terminal, overrides(values));
  const log = createLog(terminal.err, { format: values.logFormat ?? "text", level: values.logLevel ?? "info" });
  const { logEvents } = await import("../output/event_log.ts");
  const gateway = await start(loaded.config, { observers: [logEvents(log)], onNotice: logNotices(log) });

  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  let times = 0;
  const stop = signals(() => {
    times++;
    if (times === 1) return tell();
    log.write("warn", "aborting", "Second signal: aborting active associations");
    gateway.abort();
  }, inTurns(() => replaceRoutes(gateway, { values, terminal }, log)));
  announce(gateway, loaded, values.logFormat ?? "text", log, terminal);
  await told;
  const limit = formatDuration(loaded.config.dicom.timeouts.drain);
  log.write("info", "draining", `Stopping: no new associations; active ones have ${limit} to finish`);
  const closed = await gateway.drain();
  log.write("info", "ended", "Stopped");
  stop();
  return closed && times === 1 ? ExitCode.Done : ExitCode.Failed;
}

/** Reads the configuration again for its routes: all of it has to be right. */
async function replaceRoutes(
  { gateway }: Awaited<ReturnType<Start>>,
  { values, terminal }: Pick<Call<typeof flags>, "values" | "terminal">,
  log: Log,
): Promise<void> {
  try {
    const { config } = await loadConfig(values.config, terminal, overrides(values));
    await gateway.replaceRoutes(config);
    const count = config.routes.length;
    log.write("info", "routes-replaced", "The routes were read again, and hold from now on", { routes: count });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.write("error", "routes-not-replaced", `The old routes stay. ${message}`);
  }
}

/** One after the other, so that what was read last holds. */
function inTurns(work: () => Promise<void>): () => void {
  let last = Promise.resolve();
  return () => void (last = last.then(work));
}

function logNotices(log: Log): OnNotice {
  return ({ level, event, message, details }) => log.write(level, event, message, details);
}

/** What the flags say, by key path. */
function overrides(values: Values<typeof flags>): Record<string, string | number> {
  const given = {
    "aeTitle": values.aeTitle,
    "dicom.host": values.host,
    "dicom.port": values.port,
    "http.host": values.httpHost,
    "http.port": values.httpPort,
    "archive.path": values.data,
  };
  const entries = Object.entries(given).flatMap(([path, value]) => value === undefined ? [] : [[path, value] as const]);
  return Object.fromEntries(entries);
}

function announce(
  { dicom, http }: Pick<RunningGateway, "dicom" | "http">,
  { config, file }: LoadedConfig,
  format: "text" | "json",
  log: Log,
  { err }: Terminal,
): void {
  const facts = {
    dicom: `${config.aeTitle} on ${address(dicom)}${describeTls(config)}`,
    http: `${config.http.tls ? "https" : "http"}://${address(http)}`,
    archive: `${config.archive.path}${config.archive.durable ? "" : " (not durable)"}`,
    config: file ?? "built-in defaults",
  };
  const admission = config.dicom.allow.length === 0
    ? "No access rules: any AE may associate and use every service"
    : "Access rules: only the AEs they allow may associate";
  if (format === "json") {
    return log.write("info", "listening", `Listening. ${admission}`, { ...facts, ...ports(dicom, http) });
  }
  const rows = Object.entries({ DICOM: facts.dicom, HTTP: facts.http, Archive: facts.archive, Config: facts.config });
  const lines = rows.map(([name, fact]) => `  ${styled(err, "dim", name.padEnd(8))} ${fact}`);
  err.write(
    `${[styled(err, "bold", "Gantry is listening"), ...lines].join("\n")}\n  ${admission}. Press Ctrl-C to stop.\n`,
  );
}

function describeTls({ tls }: Config): string {
  if (tls === undefined) return "";
  const { clientCa, clientCertificates = "required" } = tls;
  return clientCa === undefined ? " (TLS)" : ` (TLS, client certificates ${clientCertificates})`;
}

function ports(dicom: Endpoint, http: Endpoint): { dicomPort: number; httpPort: number } {
  return { dicomPort: dicom.port, httpPort: http.port };
}

function address({ hostname, port }: Endpoint): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

const processSignals: Signals = (end, readAgain) => {
  const isWindows = Deno.build.os === "windows";
  const handlers = [
    ["SIGINT", end],
    [isWindows ? "SIGBREAK" : "SIGTERM", end],
    // At a terminal it says that the terminal was closed.
    ...isWindows ? [] : [["SIGHUP", Deno.stderr.isTerminal() ? end : readAgain] as const],
  ] as const;
  for (const [name, handle] of handlers) Deno.addSignalListener(name, handle);
  return () => handlers.forEach(([name, handle]) => Deno.removeSignalListener(name, handle));
};
