/**
 * What operators read: health, associations, metrics.
 *
 * @module
 */

import { associationsPart } from "../../http/associations.ts";
import { healthPart } from "../../http/health.ts";
import { metricsPart } from "../../http/metrics.ts";
import { buildMetrics, statisticsMetrics } from "../../telemetry/statistics_metrics.ts";
import type { GatewayContext, GatewayModule } from "../module.ts";

/** `/health`: the checks of all modules. */
export function healthModule(context: GatewayContext): GatewayModule {
  const { version, startedAt, onError } = context;
  const part = healthPart({
    version,
    startedAt,
    onError,
    async health() {
      const checks = await Promise.all(context.modules.map((module) => module.health?.()));
      return { draining: context.scp.draining, checks: Object.assign({}, ...checks) };
    },
  });
  return { ...part, name: "health" };
}

/** `/associations`, and their metrics. */
export function associationsModule(context: GatewayContext): GatewayModule {
  const { statistics } = context;
  return {
    ...associationsPart({ snapshot: statistics.report, abort: (id) => context.scp.abort(id) }),
    name: "associations",
    metrics: () => [...buildMetrics(context), ...statisticsMetrics(statistics.report())],
  };
}

/** `/metrics`: the metrics of all modules. */
export function metricsModule(context: GatewayContext): GatewayModule {
  const part = metricsPart(() => context.modules.flatMap((module) => module.metrics?.() ?? []));
  return { ...part, name: "metrics" };
}
