/**
 * `gantry health`: asks a gateway how it is, for containers and supervisors that have no HTTP client.
 *
 * @module
 */

import { escapeText } from "../../safe_text.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import { configFlag, loadConfig } from "../command_line/config_file.ts";
import { fetchCause } from "../command_line/fetch_cause.ts";
import { urlOf } from "../command_line/gateway_url.ts";
import { styled, type Terminal } from "../output/terminal.ts";

/** Milliseconds until an answer that doesn't come counts as a failure. */
const DEFAULT_TIMEOUT = 5_000;

/** Bytes of an answer that are read at most: that of a gateway has a few hundred. */
const MAXIMUM_ANSWER = 1_000_000;

const flags = {
  config: configFlag,
  check: {
    type: "text",
    value: "WHICH",
    choices: ["all", "live", "ready"],
    help: "all (default), live: the process answers, or ready: the gateway accepts associations",
  },
  httpPort: {
    type: "integer",
    value: "PORT",
    minimum: 1,
    maximum: 65535,
    help: "HTTP port (default: that of the configuration)",
  },
  timeout: {
    type: "integer",
    value: "MS",
    minimum: 1,
    maximum: 600_000,
    help: `Milliseconds to wait for the answer (default ${DEFAULT_TIMEOUT})`,
  },
  json: { type: "boolean", help: "Print the JSON answer of the gateway" },
} as const satisfies Flags;

/** `gantry health [URL]` */
export const health = defineCommand({
  name: "health",
  summary: "Ask a gateway whether it works",
  description:
    "Asks over HTTP, at the address and port of the configuration or at a URL. Prints one line, and one for each check\n" +
    "that does not pass. Without a URL it does not verify the certificate, because it asks this machine.",
  operands: [{ name: "URL", help: "URL of the gateway, such as https://gantry.example:8080", optional: true }],
  flags,
  examples: [
    ["health", "Does the gateway of gantry.yaml work?"],
    ["health --check ready", "Does the gateway accept associations?"],
    ["health http://192.0.2.7:8080 --json", "The answer of another gateway, for programs"],
  ],
  failed: "The gateway does not work, or does not answer",
  run,
});

/** An answer over HTTP. */
interface Answer {
  readonly status: number;
  readonly text: string;
}

async function run({ operands, values, terminal }: Call<typeof flags>): Promise<ExitCode> {
  const { check = "all", timeout = DEFAULT_TIMEOUT } = values;
  const own = operands[0] === undefined;
  if (!own && values.httpPort !== undefined) {
    throw new UsageError("Cannot ask two gateways: found URL and --http-port, expected one of them");
  }
  const base = own ? urlOf((await loadConfig(values.config, terminal)).config, values.httpPort) : parseUrl(operands[0]);
  const url = new URL(check === "all" ? "/health" : `/health/${check}`, base);
  const signal = AbortSignal.timeout(timeout);
  let answer: Answer;
  try {
    answer = own && url.protocol === "https:" ? await askUnverified(url, signal) : await ask(url, signal);
  } catch (error) {
    const what = `ask ${escapeText(url.href)}`;
    if (signal.aborted) throw new Error(`Cannot ${what}: no answer within ${timeout} ms`);
    const { transportError } = await import("../../transport/failure.ts");
    throw transportError(what, "connect", fetchCause(error));
  }
  report(url, answer, values.json ?? false, terminal);
  return answer.status === 200 ? ExitCode.Done : ExitCode.Failed;
}

function parseUrl(text = ""): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError(`Cannot ask ${JSON.stringify(text)}: expected a URL that begins with http:// or https://`);
}

async function ask(url: URL, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(url, { signal, redirect: "manual" });
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    if ((length += piece.length) > MAXIMUM_ANSWER) throw new Error("the answer is too long for one about health");
    pieces.push(piece);
  }
  return { status: response.status, text: await new Blob(pieces as Uint8Array<ArrayBuffer>[]).text() };
}

/** Asks this machine's own gateway, whose certificate is for the name by which others know it. Sends no secret. */
async function askUnverified(url: URL, signal: AbortSignal): Promise<Answer> {
  const { get } = await import("node:https");
  return await new Promise((resolve, reject) => {
    const request = get(url, { signal, rejectUnauthorized: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        text += piece;
        if (text.length > MAXIMUM_ANSWER) request.destroy(new Error("the answer is too long for one about health"));
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}

function report(url: URL, { status, text }: Answer, json: boolean, { out, err }: Terminal): void {
  if (json) return out.write(`${text.trim()}\n`);
  const said = parseAnswer(text);
  const line = `${escapeText(url.href)}: ${said === undefined ? `HTTP status ${status}` : escapeText(said.status)}\n`;
  if (status === 200) out.write(line);
  else err.write(`${styled(err, "red", "gantry:")} ${line}`);
  for (const [name, check] of Object.entries(said?.checks ?? {})) {
    for (const { status, output } of Array.isArray(check) ? check : []) {
      if (status !== "pass") {
        err.write(`  ${escapeText(`${name}: ${status}${output === undefined ? "" : `, ${output}`}`)}\n`);
      }
    }
  }
}

/** What a gateway says of its health; undefined for anything else. */
function parseAnswer(text: string): { readonly status: string; readonly checks?: Record<string, unknown> } | undefined {
  try {
    const said = JSON.parse(text);
    return typeof said?.status === "string" ? said : undefined;
  } catch {
    return undefined;
  }
}
