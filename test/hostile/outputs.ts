/**
 * What has to hold of everything that a gateway shows, whoever its peers are.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseMetrics } from "../http/metrics_parser.ts";
import type { WatchedGateway } from "./watched_gateway.ts";

/** Values of a patient's attributes, which nothing may show. */
export const PATIENT_NAME = "DOE^SECRETNAME";
export const PATIENT_ID = "SECRETID42";

/** What a control character or a line break would be, in any of the outputs. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/;

/** Everything that the gateway shows is whole and in one piece, and holds nothing of a patient. */
export async function assertOutputsSound(
  watched: WatchedGateway,
): Promise<{ log: string; metrics: string; report: string }> {
  const [lines, textLines] = [watched.log(), watched.textLog()];
  assert.equal(textLines.length, lines.length, "a line of the text log was broken in two, or forged");
  for (const line of [...lines, ...textLines]) assert.doesNotMatch(line, CONTROL);
  for (const line of lines) {
    const { level, event } = JSON.parse(line);
    assert.match(level, /^(debug|info|warn|error)$/);
    assert.match(event, /^((association|operation)-[a-z]+|stored|replaced|refused|irregular)$/);
  }
  const get = async (path: string) => {
    const response = await watched.gateway.fetch(new Request(`http://localhost${path}`));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    const body = await response.text();
    assert.doesNotMatch(body.replaceAll("\n", ""), CONTROL);
    return { body, type: response.headers.get("content-type") ?? "" };
  };
  const metrics = await get("/metrics");
  for (const { samples } of parseMetrics(metrics.body).values()) {
    for (const { labels } of samples) {
      for (const [name, value] of Object.entries(labels)) {
        // Words of the standard, bounds, a version: nothing that a peer chose.
        assert.match(`${name}=${value}`, /^[a-z]+=([a-z-]*|max[A-Za-z]+|[A-Z]-[A-Z-]+|\+Inf|[0-9.e-]+)$/);
      }
    }
  }
  const associations = await get("/associations");
  assert.match(associations.type, /^application\/json/);
  JSON.parse(associations.body);
  const page = await get("/");
  const all = { log: [...lines, ...textLines].join("\n"), metrics: metrics.body, report: associations.body };
  for (const text of [...Object.values(all), page.body]) {
    assert.doesNotMatch(text, /SECRETNAME|SECRETID42/);
  }
  return all;
}
