import assert from "node:assert/strict";
import type { Hono } from "hono";
import { createHttpApp } from "../../src/http/app.ts";
import { EventLog } from "../../src/http/event_log.ts";
import { eventStreamPart } from "../../src/http/event_stream.ts";
import { openApiDocument } from "../../src/http/openapi.ts";
import { FakeTime } from "../support/fake_time.ts";
import { assertProblem } from "./support.ts";

interface Followed {
  readonly app: Hono;
  readonly log: EventLog;
  readonly passed: string[];
}

function followed(capacity = 16, token?: string): Followed {
  const log = new EventLog({ run: "run", capacity });
  const passed: string[] = [];
  const types = { a: "an a", b: "a b" };
  const part = eventStreamPart({ log, types, onPassed: (limit, maximum) => passed.push(`${limit} ${maximum}`) });
  return { app: createHttpApp({ version: "1", parts: [part], ...(token !== undefined && { token }) }), log, passed };
}

/** A client that reads as `EventSource` does: by the rules of the HTML standard, 9.2.6. */
class Client implements AsyncDisposable {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #buffer = "";
  lastEventId = "";
  retry = 0;

  private constructor(response: Response) {
    this.response = response;
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(app: Hono, path = "/events", headers: Record<string, string> = {}): Promise<Client> {
    const client = new Client(await app.request(`http://localhost${path}`, { headers }));
    assert.equal(client.response.status, 200);
    return client;
  }

  /** The next block; undefined at the end. */
  async block(): Promise<{ readonly type: string; readonly data: string } | undefined> {
    while (!this.#buffer.includes("\n\n")) {
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#buffer += value;
    }
    const end = this.#buffer.indexOf("\n\n");
    const lines = this.#buffer.slice(0, end).split("\n").map((line) => /^([^:]*)(?:: ?(.*))?$/.exec(line)!);
    this.#buffer = this.#buffer.slice(end + 2);
    const fields = new Map(lines.map(([, name, value = ""]) => [name, value]));
    this.lastEventId = fields.get("id") ?? this.lastEventId;
    this.retry = Number(fields.get("retry") ?? this.retry);
    return { type: fields.get("event") ?? "", data: fields.get("data") ?? "" };
  }

  /** The next event; undefined at the end. */
  async next(): Promise<string | undefined> {
    for (let block = await this.block(); block !== undefined; block = await this.block()) {
      if (block.data !== "") return `${block.type} ${block.data}`;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}

Deno.test("GET /events tells what happens from then on, until the log is closed", async () => {
  const { app, log } = followed();
  log.append("a", { before: true });
  await using client = await Client.open(app);
  assert.equal(client.response.headers.get("content-type"), "text/event-stream");
  assert.equal(client.response.headers.get("cache-control"), "no-store");
  await client.block();
  assert.deepEqual([client.lastEventId, client.retry], ["run.1", 2000]);
  log.append("a", { number: 2 });
  log.append("b", { text: "two\nlines" });
  assert.equal(await client.next(), 'a {"number":2}');
  assert.equal(await client.next(), 'b {"text":"two\\nlines"}');
  assert.equal(client.lastEventId, "run.3");
  log.append("a", { last: true });
  log.close();
  assert.equal(await client.next(), 'a {"last":true}');
  assert.equal(await client.next(), undefined);
});

Deno.test("GET /events goes on behind Last-Event-ID", async () => {
  const { app, log } = followed();
  for (const number of [1, 2, 3]) log.append("a", { number });
  await using client = await Client.open(app, "/events", { "Last-Event-ID": "run.1" });
  assert.equal(await client.next(), 'a {"number":2}');
  assert.equal(await client.next(), 'a {"number":3}');
});

Deno.test("GET /events says how many events a client has missed for good", async () => {
  const { app, log } = followed(4);
  for (let number = 1; number <= 10; number++) log.append("a", { number });
  await using client = await Client.open(app, "/events", { "Last-Event-ID": "run.2" });
  assert.equal(await client.next(), 'missed {"why":"forgotten","count":4}');
  assert.equal(client.lastEventId, "run.6");
  assert.equal(await client.next(), 'a {"number":7}');
});

for (const id of ["other.7", "run.11", "run.x", "run", "nothing", "run.-1", "run.1.5e3"]) {
  Deno.test(`GET /events with the Last-Event-ID ${id}, which this run has not given, tells that, and all it knows`, async () => {
    const { app, log } = followed(4);
    log.append("a", { number: 1 });
    log.append("a", { number: 2 });
    await using client = await Client.open(app, "/events", { "Last-Event-ID": id });
    assert.equal(await client.next(), 'missed {"why":"restarted"}');
    assert.equal(await client.next(), 'a {"number":1}');
  });
}

Deno.test("A client that reads slowly misses events, is told so, and costs no memory of its own", async () => {
  const { app, log } = followed(8);
  await using client = await Client.open(app);
  await client.block();
  log.append("a", { number: 1 });
  assert.equal(await client.next(), 'a {"number":1}');
  for (let number = 2; number <= 10_000; number++) log.append("a", { number });
  const heard: string[] = [];
  while (heard.at(-1) !== 'a {"number":10000}') heard.push((await client.next())!);
  const numbers = heard.filter((event) => event.startsWith("a")).length;
  const missed = heard.filter((event) => event.startsWith("missed"))
    .map((event) => JSON.parse(event.slice("missed ".length)).count as number);
  assert.ok(numbers <= 3 * 64, `${numbers} events were kept`);
  assert.equal(numbers + missed.reduce((sum, count) => sum + count, 0), 9_999);
});

Deno.test("GET /events tells events of the types that are asked for", async () => {
  const { app, log } = followed();
  await using client = await Client.open(app, "/events?type=b");
  log.append("a", {});
  log.append("b", { yes: true });
  assert.equal(await client.next(), 'b {"yes":true}');
  await using both = await Client.open(app, "/events?type=a,b", { "Last-Event-ID": "run.0" });
  assert.equal(await both.next(), "a {}");
});

for (const query of ["type=c", "type=", "type=a,,b", "type=toString", "lane=PACS"]) {
  Deno.test(`GET /events?${query} is answered with what is wrong`, async () => {
    const response = await followed().app.request(`http://localhost/events?${query}`);
    await assertProblem(response, "InvalidFilter", "InvalidRequest");
  });
}

Deno.test("A client that waits hears every 15 s that the gateway is there, and where it is", async () => {
  using time = new FakeTime();
  const { app, log } = followed();
  await using client = await Client.open(app, "/events?type=b");
  await client.block();
  log.append("a", {});
  const beat = client.block();
  await time.advance(15_000);
  assert.deepEqual(await beat, { type: "", data: "" });
  assert.equal(client.lastEventId, "run.1");
});

Deno.test("No more than 64 clients follow at the same time; one that leaves makes room", async () => {
  const { app, passed } = followed();
  const clients = await Promise.all(Array.from({ length: 64 }, () => Client.open(app)));
  const response = await app.request("http://localhost/events");
  assert.equal(response.headers.get("retry-after"), "30");
  await assertProblem(response, "TooBusy");
  assert.deepEqual(passed, ["maxEventStreams 64"]);
  await clients[0]![Symbol.asyncDispose]();
  clients.push(await Client.open(app));
  for (const client of clients) await client[Symbol.asyncDispose]();
});

Deno.test("A client that reads nothing for a minute is cut off, and makes room", async () => {
  using time = new FakeTime();
  const { app } = followed();
  const idle = await Promise.all(Array.from({ length: 64 }, () => app.request("http://localhost/events")));
  await time.advance(60_000);
  await assert.rejects(idle[0]!.text(), /has read nothing for 60000 ms/);
  await using _client = await Client.open(app);
  for (const response of idle) await response.body!.cancel().catch(() => {});
});

Deno.test("GET /events wants a token where there is one; HEAD has no body", async () => {
  const { app } = followed(4, "secret");
  await assertProblem(await app.request("http://localhost/events"), "Unauthorized");
  const headers = { authorization: "Bearer secret" };
  const head = await app.request("http://localhost/events", { method: "HEAD", headers });
  assert.deepEqual([head.status, head.headers.get("content-type")], [200, "text/event-stream"]);
  const described = openApiDocument({ version: "1" }, [
    eventStreamPart({ log: new EventLog({ run: "r" }), types: {} }),
  ]);
  assert.ok("/events" in (described.paths as object));
});
