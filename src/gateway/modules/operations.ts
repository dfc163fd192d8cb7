/**
 * What operators look at: health, resources, associations, metrics.
 *
 * @module
 */

import { associationsPart } from "../../http/associations.ts";
import { healthPart } from "../../http/health.ts";
import type { HealthCheck } from "../../http/health_format.ts";
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

/** Takes no new associations while the host is short of something, such as memory, which `shortage` says. */
export function resourcesModule(shortage: () => string | undefined = () => undefined): GatewayModule {
  return {
    name: "resources",
    shortage() {
      const detail = shortage();
      return detail === undefined ? undefined : { limit: "maxMemory", detail };
    },
    health() {
      const short = shortage() !== undefined;
      const check: HealthCheck = {
        componentType: "system",
        status: short ? "fail" : "pass",
        ...(short && { output: "New associations are rejected until resources are available again" }),
      };
      return { "gateway:resources": [check] };
    },
  };
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
