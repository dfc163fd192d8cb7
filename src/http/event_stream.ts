/**
 * `GET /events`: what happens in the gateway, as server-sent events (the HTML standard, 9.2).
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
  /** Has the events; once it is closed, answers end. */
  readonly log: EventLog;
  /** All types of events, with what each tells. */
  readonly types: Readonly<Record<string, string>>;
  /** Told when more clients want to follow than may. */
  onPassed?(limit: string, maximum: number): void;
}

/** Clients that follow at the same time, and what that limit is called. */
const MAX_STREAMS = 64;
const LIMIT = "maxEventStreams";

/** Milliseconds without an event after which a client is told that the gateway is there. */
const HEARTBEAT = 15_000;

/** Milliseconds after which an answer ends: its client comes back, and its token is looked at again. */
const LONGEST_STREAM = 60 * 60 * 1000;

/** Milliseconds after which clients come back. */
const RETRY = 2_000;

/** Seconds after which a client that was one too many may try again. */
const RETRY_AFTER = "30";

/** Events that are sent in one go. */
const AT_ONCE = 64;

/** The type of the event that says what was missed. */
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
    links: [{ path: "/events", about: "What happens, as server-sent events" }],
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
    // Proxies that gather what they pass on would gather for long.
    "X-Accel-Buffering": "no",
  };
  // A client that reads nothing for long is cut off.
  return watchBody(c.body(stream.body, 200, headers), () => {
    stream.end();
    leave();
  });
}

/** The types that are asked for; undefined for all, or the answer where one of them is none. */
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

/** Events for one client. Nothing is made before the client reads. */
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

  /** Waits for nothing any more. */
  end(): void {
    this.#ended.abort();
  }

  /** Where the client is, and what it is told first. */
  #begin(lastEventId: string | undefined): { readonly after: number; readonly greeting: string } {
    const retry = `retry: ${RETRY}\n`;
    if (lastEventId === undefined || lastEventId === "") {
      return { after: this.#log.last, greeting: `${retry}id: ${this.#id(this.#log.last)}\n\n` };
    }
    const [, run, serial = "Infinity"] = /^(\w+)\.(\d{1,15})$/.exec(lastEventId) ?? [];
    const after = Number(serial);
    if (run === this.#log.run && after <= this.#log.last) return { after, greeting: `${retry}\n` };
    // It is of an earlier run of the gateway: nobody knows how much came after it.
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
