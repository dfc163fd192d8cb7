/**
 * What operators look at: statistics of associations and operations, their reports, metrics in the Prometheus text format,
 * health checks, and parts that a module adds to the HTTP sidecar.
 *
 * @module
 */

export type { Health, HealthCheck, HealthStatus } from "../src/http/health_format.ts";
export type { Json, JsonObject } from "../src/http/openapi_schemas.ts";
export type { CrossOrigin } from "../src/http/cross_origin.ts";
export { type Asker, type Recognition, type RecognizeToken, type Scope, SCOPES } from "../src/access/web/asker.ts";
export type { HttpRequestEvent } from "../src/http/authorize.ts";
export type { SopInstance, StoreRefusedEvent } from "../src/dicomweb/store/store_outcome.ts";
export type { HttpAccess, HttpLink, HttpPart, HttpSender, OpenApiOptions, UnknownPath } from "../src/http/part.ts";
export { dataScopes, type ScopeRule } from "../src/http/scopes.ts";
export { LIMIT_NAMES, type LimitName, type RefusalReason } from "../src/telemetry/passed_limits.ts";
export {
  type MetricFamily,
  type MetricLabels,
  METRICS_MEDIA_TYPE,
  renderMetrics,
} from "../src/telemetry/prometheus.ts";
export { createStatistics, type Statistics, type StatisticsOptions } from "../src/telemetry/statistics.ts";
export type {
  AbortCount,
  AssociationReport,
  DeadlineCount,
  EndReport,
  HistogramReport,
  LimitCount,
  OutcomeCounts,
  RefusalCount,
  RejectionCount,
  RoleTotals,
  ServiceReport,
  StatisticsReport,
  TotalsReport,
} from "../src/telemetry/statistics_report.ts";
