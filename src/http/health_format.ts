/**
 * The contents of a health check, after the Internet draft "Health Check Response Format for HTTP APIs".
 *
 * @module
 */

/** From best to worst. */
export const STATUSES: readonly HealthStatus[] = ["pass", "warn", "fail"];

/** Whether something works (`pass`), works with concerns (`warn`) or doesn't (`fail`). */
export type HealthStatus = "pass" | "warn" | "fail";

/** The result of one check of one component. */
export interface HealthCheck {
  /** The verdict. */
  readonly status: HealthStatus;
  /** Tells several components with the same key apart. */
  readonly componentId?: string;
  /** Such as `component`, `datastore`, `system`. */
  readonly componentType?: string;
  /** The value that was measured. */
  readonly observedValue?: string | number | boolean;
  /** Such as `bytes`, `s`. */
  readonly observedUnit?: string;
  /** RFC 3339. */
  readonly time?: string;
  /** The problem, in words for an operator. Any client can read it: no secrets, no paths. */
  readonly output?: string;
}

/** The gateway's knowledge of its own health. */
export interface Health {
  /** Whether it takes no new associations because it is shutting down. */
  readonly draining: boolean;
  /** By `component:measurement`, such as `archive:writable`. */
  readonly checks: Readonly<Record<string, readonly HealthCheck[]>>;
}

/** Media type of a health answer. */
export const HEALTH_MEDIA_TYPE = "application/health+json";
