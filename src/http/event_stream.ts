/**
 * `GET /events`: the events of the gateway, as server-sent events (the HTML standard, 9.2).
 *
 * @module
 */

import type { Context } from "hono";
import type { EventLog, LoggedEvent } from "./event_log.ts";
import { operation, queryParameter } from "./openapi.ts";
import type { HttpPart } from "./part.ts";
import { invalidFilter, nearTo, unknownParameter } from "./list_query.ts";
import { problem } from "./problem.ts";
import { RequestSlots } from "./request_slots.ts";
import { watchBody } from "./watched_body.ts";

/** What the route needs. */
export interface EventStreamSource {
  /** Keeps the events; once it is closed, answers end. */
  readonly log: EventLog;
  /** All types of events, with descriptions. */
  readonly types: Readonly<Record<string, string>>;
  /** Called when more clients want to follow than the limit allows. */
  onPassed?(limit: string, maximum: number): void;
}

/** Most clients that follow at the same time, and the name of that limit. */
const MAX_STREAMS = 64;
const LIMIT = "maxEventStreams";

/** Milliseconds without an event after which a client gets a sign of life. */
const HEARTBEAT = 15_000;

/** Milliseconds after which an answer ends. Its client then comes back, and the gateway checks its token again. */
const LONGEST_STREAM = 60 * 60 * 1000;

/** Milliseconds after which clients reconnect. */
const RETRY = 2_000;

/** Seconds after which a client that came above the limit may try again. */
const RETRY_AFTER = "30";

/** Most events that are sent in one piece. */
const AT_ONCE = 64;

/** The type of the event that tells a client what it missed. */
const MISSED = "missed";

/** The route of events. */
export function eventStreamPart(source: EventStreamSource): HttpPart {
  const slots = new RequestSlots({ maximum: MAX_STREAMS, maxWaiting: 0 });
  return {
    routes(app) {
      app.get("/events", (c) => follow(c, source, slots));
    },
    paths: (options) => ({
      "/events": {
        get: {
          parameters: [
            queryParameter("type", `Types of events, with commas between: ${Object.keys(source.types).join(", ")}.`),
            {
              name: "Last-Event-ID",
              in: "header",
              required: false,
              description: "`id` of the last event that the client has; it goes on from there.",
              schema: { type: "string" },
            },
          ],
          ...operation("events", "What happens in the gateway, as server-sent events", options, {
            200: {
              description: `Events without an end. ${describeTypes(source.types)}`,
              content: { "text/event-stream": { schema: { type: "string" }, example: EXAMPLE } },
            },
          }, ["InvalidFilter", "TooBusy"]),
        },
      },
    }),
    links: [{ path: "/events", about: "The events of the gateway, as server-sent events" }],
  };
}

const EXAMPLE = `id: mbz1k2.17
event: lane-opened
data: {"at":"2025-03-01T08:01:00.000Z","lane":"PACS","why":"Cannot connect to 192.0.2.10:4242"}

`;

function describeTypes(types: EventStreamSource["types"]): string {
  return Object.entries({ ...types, [MISSED]: "events are forgotten that the client does not have" })
    .map(([type, meaning]) => `\`${type}\`: ${meaning}.`).join(" ");
}

async function follow(c: Context, source: EventStreamSource, slots: RequestSlots): Promise<Response> {
  const types = readTypes(c, source.types);
  if (types instanceof Response) return types;
  const leave = await slots.enter(c.req.raw.signal);
  if (leave === undefined) {
    source.onPassed?.(LIMIT, MAX_STREAMS);
    const detail = `${MAX_STREAMS} clients follow events at the moment, and no more may`;
    return problem(c, "TooBusy", detail, { headers: { "Retry-After": RETRY_AFTER } });
  }
  const stream = new EventStream(source.log, c.req.header("last-event-id"), types);
  const headers = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    // Proxies that buffer answers would hold events back for long.
    "X-Accel-Buffering": "no",
  };
  // A client that reads nothing for long is disconnected.
  return watchBody(c.body(stream.body, 200, headers), () => {
    stream.end();
    leave();
  });
}

/** The types that a client asks for; undefined for all, or the answer when one is unknown. */
function readTypes(c: Context, known: EventStreamSource["types"]): ReadonlySet<string> | undefined | Response {
  const query = c.req.queries();
  const types = (query.type ?? []).flatMap((value) => value.split(","));
  const names = Object.keys(known);
  const wrong = [
    ...Object.keys(query).filter((name) => name !== "type").map((name) =>
      unknownParameter(name, query[name]![0]!, ["type"])
    ),
    ...types.filter((type) => !Object.hasOwn(known, type)).map((type) => ({
      ...{ pointer: "type", found: JSON.stringify(type.slice(0, LONGEST_SHOWN)) },
      expected: `one or several of ${names.join(", ")}${nearTo(type, names)}`,
    })),
  ];
  if (wrong.length > 0) return invalidFilter(c, wrong);
  return query.type === undefined ? undefined : new Set(types);
}

const LONGEST_SHOWN = 40;

const encoder = new TextEncoder();

/** Events for one client. It makes no text before the client reads. */
class EventStream {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #log: EventLog;
  readonly #types: ReadonlySet<string> | undefined;
  readonly #until = performance.now() + LONGEST_STREAM;
  readonly #ended = new AbortController();
  #after: number;

  constructor(log: EventLog, lastEventId: string | undefined, types: ReadonlySet<string> | undefined) {
    this.#log = log;
    this.#types = types;
    const { after, greeting } = this.#begin(lastEventId);
    this.#after = after;
    let first: string | undefined = greeting;
    this.body = new ReadableStream({
      pull: async (controller) => {
        const text = first ?? await this.#next();
        first = undefined;
        if (text === undefined) controller.close();
        else controller.enqueue(encoder.encode(text));
      },
      cancel: () => this.end(),
    }, { highWaterMark: 0 });
  }

  /** Stops waiting for events. */
  end(): void {
    this.#ended.abort();
  }

  /** The position of the client, and the first text that it gets. */
  #begin(lastEventId: string | undefined): { readonly after: number; readonly greeting: string } {
    const retry = `retry: ${RETRY}\n`;
    if (lastEventId === undefined || lastEventId === "") {
      return { after: this.#log.last, greeting: `${retry}id: ${this.#id(this.#log.last)}\n\n` };
    }
    const [, run, serial = "Infinity"] = /^(\w+)\.(\d{1,15})$/.exec(lastEventId) ?? [];
    const after = Number(serial);
    if (run === this.#log.run && after <= this.#log.last) return { after, greeting: `${retry}\n` };
    // The id is of an earlier run of the gateway: how many events came after it is unknown.
    return { after: 0, greeting: `${retry}\n${this.#missed({ why: "restarted" }, 0)}` };
  }

  /** Text to send; undefined at the end. */
  async #next(): Promise<string | undefined> {
    const heartbeat = new AbortController();
    const timer = setTimeout(() => heartbeat.abort(), HEARTBEAT);
    const signal = AbortSignal.any([heartbeat.signal, this.#ended.signal]);
    try {
      while (!this.#ended.signal.aborted && performance.now() < this.#until) {
        const { events, missed, after } = this.#log.read(this.#after, {
          limit: AT_ONCE,
          ...(this.#types !== undefined && { types: this.#types }),
        });
        const begin = this.#after + missed;
        this.#after = after;
        const texts = [
          ...(missed > 0 ? [this.#missed({ why: "forgotten", count: missed }, begin)] : []),
          ...events.map((event) => this.#text(event)),
        ];
        if (texts.length > 0) return texts.join("");
        if (heartbeat.signal.aborted) return `: still here\nid: ${this.#id(after)}\n\n`;
        if (this.#log.isClosed) return undefined;
        await this.#log.changed(after, signal);
      }
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #text({ serial, type, text }: LoggedEvent): string {
    return `id: ${this.#id(serial)}\nevent: ${type}\ndata: ${text}\n\n`;
  }

  #missed(data: object, serial: number): string {
    return `id: ${this.#id(serial)}\nevent: ${MISSED}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  #id(serial: number): string {
    return `${this.#log.run}.${serial}`;
  }
}
