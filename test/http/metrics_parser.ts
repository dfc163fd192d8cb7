/** A strict reader of Prometheus text format 0.0.4, as far as Gantry uses it. */

import assert from "node:assert/strict";

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  type: string;
  samples: Sample[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([0-9.eE+-]+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;

/** The families by name. Each has HELP, then TYPE, then its samples; counters are called `_total`. */
export function parseMetrics(text: string): Map<string, Family> {
  assert.ok(text.endsWith("\n"), "the last line has no end");
  const lines = text.slice(0, -1).split("\n");
  const families = new Map<string, Family>();
  let name = "";
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (line.startsWith("# HELP ")) {
      name = line.split(" ")[2] ?? "";
      const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(lines[++i] ?? "");
      assert.equal(type?.[1], name, `no TYPE after ${line}`);
      assert.ok(!families.has(name), `${name} comes twice`);
      families.set(name, { type: type?.[2] ?? "", samples: [] });
    } else {
      families.get(name)?.samples.push(parseSample(line)) ?? assert.fail(`no HELP before ${line}`);
    }
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function parseSample(line: string): Sample {
  const [, name, labelText = "", value] = SAMPLE.exec(line) ?? assert.fail(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < labelText.length) {
    const [, label = "", text = ""] = LABEL.exec(labelText) ?? assert.fail(`no label: ${line}`);
    assert.ok(!(label in labels), `${label} comes twice: ${line}`);
    labels[label] = text.replace(/\\(.)/g, (_, character) => character === "n" ? "\n" : character);
  }
  assert.ok(Number.isFinite(Number(value)), `no number: ${line}`);
  return { name: name ?? "", labels, value: Number(value) };
}

function checkFamily(name: string, { type, samples }: Family): void {
  const series = samples.map((sample) => `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`);
  assert.equal(new Set(series).size, series.length, `a series of ${name} comes twice`);
  if (type === "histogram") return checkHistogram(name, samples);
  assert.equal(type === "counter", name.endsWith("_total"), `${name} is a ${type}`);
  for (const sample of samples) {
    assert.equal(sample.name, name);
    if (type === "counter") assert.ok(sample.value >= 0, `${name} is negative`);
  }
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const bySeries = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    bySeries.set(key, [...bySeries.get(key) ?? [], sample]);
  }
  for (const series of bySeries.values()) {
    const [count, sum, infinite, ...buckets] = series.toReversed();
    assert.deepEqual([count?.name, sum?.name], [`${name}_count`, `${name}_sum`]);
    assert.equal(infinite?.labels.le, "+Inf");
    assert.equal(infinite?.value, count?.value);
    const ascending = [...buckets.toReversed(), {
      name: `${name}_bucket`,
      labels: { le: "Infinity" },
      value: count?.value ?? 0,
    }];
    for (const [i, bucket] of ascending.entries()) {
      assert.equal(bucket.name, `${name}_bucket`);
      const before = ascending[i - 1];
      if (before) assert.ok(Number(before.labels.le) < Number(bucket.labels.le) && before.value <= bucket.value);
    }
  }
}
