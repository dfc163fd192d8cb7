import assert from "node:assert/strict";
import { METRICS_MEDIA_TYPE, renderMetrics } from "../../src/telemetry/prometheus.ts";
import { buildMetrics, statisticsMetrics } from "../../src/telemetry/statistics_metrics.ts";
import { EXAMPLES } from "../../src/http/openapi_examples.ts";
import { type Family, parseMetrics } from "./metrics_parser.ts";
import { sidecar } from "./support.ts";

const BUILD = { version: "1.2.3", startedAt: 1_500 };

function valueOf(families: Map<string, Family>, name: string, labels: Record<string, string> = {}): number | undefined {
  const same = JSON.stringify(Object.entries(labels).sort());
  for (const { samples } of families.values()) {
    for (const sample of samples) {
      if (sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === same) return sample.value;
    }
  }
  return undefined;
}

Deno.test("GET /metrics gives Prometheus text format 0.0.4", async () => {
  const response = await sidecar().request("/metrics");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), METRICS_MEDIA_TYPE);
  const families = parseMetrics(await response.text());
  assert.ok(families.size >= 14);
});

Deno.test("renderMetrics() tells what the report tells", () => {
  const families = parseMetrics(renderMetrics([...buildMetrics(BUILD), ...statisticsMetrics(EXAMPLES.associations)]));
  const service = { service: "C-STORE", role: "performed" };
  const expected: [name: string, labels: Record<string, string>, value: number][] = [
    ["gantry_build_info", { version: "1.2.3" }, 1],
    ["gantry_start_time_seconds", {}, 1.5],
    ["gantry_associations_active", { role: "acceptor" }, 0],
    ["gantry_associations_opened_total", { role: "acceptor" }, 3],
    ["gantry_associations_established_total", { role: "acceptor" }, 1],
    ["gantry_associations_ended_total", { role: "acceptor", how: "aborted" }, 1],
    ["gantry_associations_ended_total", { role: "requestor", how: "released" }, 0],
    ["gantry_association_rejections_total", {
      by: "local",
      result: "rejected-permanent",
      source: "service-user",
      reason: "called-ae-title-not-recognized",
    }, 1],
    ["gantry_association_aborts_total", { by: "local", source: "service-provider", reason: "unrecognized-pdu" }, 1],
    ["gantry_limits_passed_total", { limit: "maxDepth", outcome: "failed" }, 1],
    ["gantry_deadlines_passed_total", { phase: "associate" }, 2],
    ["gantry_connections_refused_total", { reason: "tls" }, 4],
    ["gantry_received_bytes_total", {}, 63_502_400],
    ["gantry_sent_bytes_total", {}, 18_394],
    ["gantry_operations_running", service, 0],
    ["gantry_operations_total", { ...service, category: "success" }, 120],
    ["gantry_operations_total", { ...service, category: "failure" }, 1],
    ["gantry_operation_data_set_bytes_total", service, 63_438_848],
    ["gantry_operation_duration_seconds_bucket", { ...service, le: "0.01" }, 40],
    ["gantry_operation_duration_seconds_bucket", { ...service, le: "+Inf" }, 121],
    ["gantry_operation_duration_seconds_sum", service, 1.83],
    ["gantry_association_duration_seconds_count", {}, 3],
  ];
  for (const [name, labels, value] of expected) {
    assert.equal(valueOf(families, name, labels), value, `${name} ${JSON.stringify(labels)}`);
  }
});

Deno.test("renderMetrics() is well-formed before anything happened", () => {
  const { totals } = EXAMPLES.associations;
  const nothing = { ...totals, rejections: [], aborts: [], limits: [], deadlines: [], refusals: [], operations: [] };
  parseMetrics(
    renderMetrics([...buildMetrics(BUILD), ...statisticsMetrics({ active: [], recent: [], totals: nothing })]),
  );
});

Deno.test("renderMetrics() escapes labels", () => {
  const version = 'a\\b"c\nd';
  const families = parseMetrics(renderMetrics(buildMetrics({ ...BUILD, version })));
  assert.equal(valueOf(families, "gantry_build_info", { version }), 1);
});

Deno.test("no label tells what a peer chose", () => {
  const metrics = renderMetrics([...buildMetrics(BUILD), ...statisticsMetrics(EXAMPLES.associations)]);
  const names = new Set(
    Array.from(parseMetrics(metrics).values()).flatMap(({ samples }) =>
      samples.flatMap(({ labels }) => Object.keys(labels))
    ),
  );
  const few = [
    "by",
    "category",
    "how",
    "le",
    "limit",
    "outcome",
    "phase",
    "reason",
    "result",
    "role",
    "service",
    "source",
  ];
  assert.deepEqual([...names].sort(), [...few, "version"]);
  assert.doesNotMatch(metrics, /CT1|192\.0\.2\.7|1\.2\.840/);
});

Deno.test("parseMetrics() refuses what breaks the format", () => {
  const head = "# HELP a_total x\n# TYPE a_total counter\n";
  const wrong = [
    `${head}a_total 1`,
    "a_total 1\n",
    `${head}a_total 1\na_total 1\n`,
    `${head}a_total -1\n`,
    `${head}a_total{b=c} 1\n`,
    `${head}a_total{b="c} 1\n`,
    `${head}a_total x\n`,
    `${head}b_total 1\n`,
    "# HELP a x\n# TYPE a counter\na 1\n",
    '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n',
  ];
  for (const text of wrong) assert.throws(() => parseMetrics(text), { name: "AssertionError" }, text);
});
