/**
 * `POST /echo`: a C-ECHO (PS3.7 9.1.5) on request.
 *
 * @module
 */

import type { Context } from "hono";
import { adHocEcho } from "./ad_hoc_echo.ts";
import type { Echo, EchoOutcome, EchoTarget } from "./echo_outcome.ts";
import { type EchoRequest, parseEchoRequest } from "./echo_request.ts";
import { readJson } from "./json_body.ts";
import { jsonResponse, operation } from "./openapi.ts";
import { EXAMPLES } from "./openapi_examples.ts";
import type { HttpPart } from "./part.ts";
import { problem, type ProblemName } from "./problem.ts";
import { unknownName } from "./unknown_name.ts";

/** A configured peer. */
export interface EchoPeer {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
}

/** What the route needs. */
export interface EchoSource {
  /** Configured peers by name. */
  readonly peers: Readonly<Record<string, EchoPeer>>;
  /** Whether a request may name a target that is not configured; default false. One such is echoed at a time. */
  readonly allowAdHocEcho?: boolean;
  /** Milliseconds that such a target has for its whole answer, and after which any failure is reported; default 10,000. */
  readonly adHocTimeout?: number;
  /** Longest body in bytes; default 16 KiB. */
  readonly maxBodyLength?: number;
  /** Sends one C-ECHO, with its own deadlines; the signal aborts when the client has left. */
  readonly echo: Echo;
}

const DEFAULT_MAXIMUM_BODY_LENGTH = 16 * 1024;
const DEFAULT_AD_HOC_TIMEOUT = 10_000;

/** Status (0000,0900) Success; C-ECHO has no other that is not a failure (PS3.7 9.1.5.1.4). */
const SUCCESS = 0x0000;

/** The route that sends C-ECHO. */
export function echoPart(source: EchoSource): HttpPart {
  return {
    routes: (app) => void app.post("/echo", echoRoute(source)),
    paths: (options) => ({
      "/echo": {
        post: {
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: { $ref: "#/components/schemas/EchoRequest" },
                examples: {
                  peer: { summary: "A configured peer", value: EXAMPLES.echoPeer },
                  adHoc: {
                    summary: "A target that is not configured, if the gateway allows that",
                    value: EXAMPLES.echoAdHoc,
                  },
                },
              },
            },
          },
          ...operation("echo", "Send a C-ECHO", options, {
            200: jsonResponse("The peer answered with Success.", "EchoAnswer", "echoAnswer"),
          }, ECHO_PROBLEMS),
        },
      },
    }),
  };
}

const ECHO_PROBLEMS: readonly ProblemName[] = [
  "MalformedBody",
  "AdHocEchoNotAllowed",
  "UnknownPeer",
  "BodyTooLarge",
  "UnsupportedMediaType",
  "InvalidEchoRequest",
  "AdHocEchoBusy",
  "EchoBusy",
  "PeerFailed",
  "PeerTimedOut",
];

/** Handles `POST /echo`. */
function echoRoute(source: EchoSource): (c: Context) => Promise<Response> {
  const echoAdHoc = adHocEcho(source.echo, source.adHocTimeout ?? DEFAULT_AD_HOC_TIMEOUT);
  const echoPeer = fewAtOnce(source.echo);
  return async (c) => {
    const request = await readRequest(c, source.maxBodyLength ?? DEFAULT_MAXIMUM_BODY_LENGTH);
    if (request instanceof Response) return request;
    const target = findTarget(c, request, source);
    if (target instanceof Response) return target;
    const { signal } = c.req.raw;
    const isAdHoc = target.peer === undefined;
    const outcome = await (isAdHoc ? echoAdHoc(target, { signal }) : echoPeer(target, { signal }));
    if (outcome !== "busy") return answer(c, target, outcome);
    const headers = { "Retry-After": "1" };
    if (!isAdHoc) return problem(c, "EchoBusy", "As many C-ECHOs to this peer are running as may be", { headers });
    const detail = "Another target that is not configured is being echoed; there is one at a time";
    return problem(c, "AdHocEchoBusy", detail, { headers });
  };
}

/** Most C-ECHOs to one configured peer at a time, so that a peer that hangs does not gather connections. */
const MOST_AT_ONCE = 4;

function fewAtOnce(echo: Echo): (...call: Parameters<Echo>) => Promise<EchoOutcome | "busy"> {
  const running = new Map<string | undefined, number>();
  return async (target, options) => {
    const { peer } = target;
    const before = running.get(peer) ?? 0;
    if (before >= MOST_AT_ONCE) return "busy";
    running.set(peer, before + 1);
    try {
      return await echo(target, options);
    } finally {
      running.set(peer, running.get(peer)! - 1);
    }
  };
}

async function readRequest(c: Context, maximum: number): Promise<EchoRequest | Response> {
  const body = await readJson(c, maximum);
  if (body instanceof Response) return body;
  const parsed = parseEchoRequest(body.value);
  if ("errors" in parsed) {
    return problem(c, "InvalidEchoRequest", "The body is not a C-ECHO request", { members: parsed });
  }
  return parsed;
}

function findTarget(c: Context, request: EchoRequest, source: EchoSource): EchoTarget | Response {
  if (!("peer" in request)) {
    if (source.allowAdHocEcho) return request;
    return problem(c, "AdHocEchoNotAllowed", "Only configured peers may be echoed: name one as `peer`");
  }
  const peer = Object.hasOwn(source.peers, request.peer) ? source.peers[request.peer] : undefined;
  if (peer === undefined) {
    return problem(
      c,
      "UnknownPeer",
      unknownName("configured peer with a host", request.peer, Object.keys(source.peers)),
    );
  }
  return { peer: request.peer, calledAeTitle: peer.aeTitle, host: peer.host, port: peer.port };
}

function answer(c: Context, target: EchoTarget, outcome: EchoOutcome): Response {
  if (outcome.outcome === "failed") {
    const { detail, timedOut, phase, reason, timings, negotiated } = outcome;
    const members = { ...target, phase, reason, timings, negotiated };
    return problem(c, timedOut ? "PeerTimedOut" : "PeerFailed", detail, { members });
  }
  const { status, timings, negotiated } = outcome;
  if (status !== SUCCESS) {
    const detail = `The peer answered the C-ECHO with status 0x${status.toString(16).toUpperCase().padStart(4, "0")}`;
    const members = { ...target, phase: "echo", reason: "failure-status", dimseStatus: status, timings, negotiated };
    return problem(c, "PeerFailed", detail, { members });
  }
  return c.json({ ...target, status, timings, negotiated });
}
