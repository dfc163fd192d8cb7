/** A webhook hears of instances by events that it can check. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { retryAfter } from "../../../src/routing/destinations/http_outcomes.ts";
import { DeliveryError } from "../../../src/routing/destinations/outcomes.ts";
import { WebhookDestination } from "../../../src/routing/destinations/webhook_destination.ts";
import { outgoing } from "../support.ts";

const SECRET = "0123456789abcdef";

function hook(answer: (request: Request) => Response | Promise<Response>, secret: string | undefined = SECRET) {
  return new WebhookDestination({
    url: "https://hooks.example/dicom",
    secret,
    source: "/GANTRY",
    now: () => 1_700_000_000_000,
    fetch: async (...call) => await answer(new Request(...call)),
  });
}

Deno.test("a webhook gets a CloudEvent without a word of the patient, signed over its id, its time and its body", async () => {
  let seen: [Headers, string] | undefined;
  const destination = hook(async (request) => {
    seen = [request.headers, await request.text()];
    return new Response(null, { status: 202 });
  });
  assert.deepEqual(await destination.store(outgoing(7, { patientId: "SECRET-ID" })), { status: "202" });
  const [headers, body] = seen!;
  assert.equal(headers.get("content-type"), "application/cloudevents+json");
  const { id, specversion, type, source, subject, data } = JSON.parse(body);
  assert.deepEqual([id, specversion, type, source, subject], [
    "7-1-1",
    "1.0",
    "gantry.instance.kept",
    "/GANTRY",
    "1.2.3.7",
  ]);
  assert.equal(data.studyInstanceUid, "1.2");
  assert.ok(!body.includes("SECRET-ID"));
  assert.deepEqual([headers.get("webhook-id"), headers.get("webhook-timestamp")], [id, "1700000000"]);
  const expected = createHmac("sha256", SECRET).update(`${id}.1700000000.${body}`).digest("base64");
  assert.equal(headers.get("webhook-signature"), `v1,${expected}`);
});

Deno.test("a webhook hears of a series or a study once it is complete, with its UIDs and what closed it", async () => {
  const events: Record<string, unknown>[] = [];
  const destination = hook(async (request) => {
    events.push(await request.json());
    return new Response();
  });
  const unit = { route: "whole", generation: 2, closedBy: "mpps", at: 1_700_000_000_000, instances: 412 } as const;
  for (const level of ["study", "series"] as const) {
    await destination.store(outgoing(7, { patientId: "SECRET-ID", unit: { ...unit, level } }));
  }
  const data = { route: "whole", generation: 2, closedBy: "mpps", instances: 412, sourceAeTitle: "CT1" };
  const [study, series] = events;
  assert.partialDeepStrictEqual(study, {
    type: "gantry.unit.complete",
    subject: "1.2",
    time: "2023-11-14T22:13:20.000Z",
  });
  assert.deepEqual(study!.data, { ...data, level: "study", studyInstanceUid: "1.2" });
  assert.deepEqual(series!.data, { ...data, level: "series", studyInstanceUid: "1.2", seriesInstanceUid: "1.2.1" });
  assert.equal(series!.subject, "1.2.1");
});

Deno.test("without a secret nothing is signed", async () => {
  const destination = new WebhookDestination({
    ...{ url: "https://hooks.example/", source: "/GANTRY" },
    fetch: (...call) => {
      assert.equal(new Request(...call).headers.get("webhook-signature"), null);
      return Promise.resolve(new Response());
    },
  });
  await destination.store(outgoing(1));
});

Deno.test("what a webhook answers comes to what the table says", async () => {
  const classes: Record<number, string> = {
    302: "configuration",
    400: "permanent",
    401: "configuration",
    403: "configuration",
    404: "configuration",
    408: "transient",
    409: "permanent",
    413: "permanent",
    422: "permanent",
    429: "transient",
    500: "transient",
    503: "transient",
  };
  for (const [status, expected] of Object.entries(classes)) {
    const answer = () => new Response(null, { status: Number(status), headers: { "Retry-After": "7" } });
    await assert.rejects(hook(answer).store(outgoing(1)), (error) => {
      assert.ok(error instanceof DeliveryError);
      assert.deepEqual([error.class, error.status, error.retryAfter], [expected, status, 7_000]);
      return true;
    });
  }
  const down = hook(() => Promise.reject(new TypeError("fetch failed", { cause: new Error("connection refused") })));
  await assert.rejects(down.store(outgoing(1)), { message: /connection refused/, class: "transport" });
});

Deno.test("retryAfter() reads seconds and dates, within bounds", () => {
  const now = Date.parse("2025-03-01T08:00:00Z");
  assert.equal(retryAfter("120", now), 120_000);
  assert.equal(retryAfter("Sat, 01 Mar 2025 08:01:00 GMT", now), 60_000);
  assert.equal(retryAfter("Sat, 01 Mar 2020 08:01:00 GMT", now), 0);
  assert.equal(retryAfter("999999999", now), 3_600_000);
  for (const bad of [null, "", "soon", "-1x"]) assert.equal(retryAfter(bad, now), undefined);
});
