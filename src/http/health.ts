/**
 * Health answers in the format of the Internet draft "Health Check Response Format for HTTP APIs".
 *
 * @module
 */

import type { Context } from "hono";

/** From best to worst. */
const STATUSES = ["pass", "warn", "fail"] as const;

/** Whether something works (`pass`), works with concerns (`warn`) or doesn't (`fail`). */
export type HealthStatus = (typeof STATUSES)[number];

/** What one look at one component found. */
export interface HealthCheck {
  readonly status: HealthStatus;
  /** Tells several components with the same key apart. */
  readonly componentId?: string;
  /** Such as `component`, `datastore`, `system`. */
  readonly componentType?: string;
  readonly observedValue?: string | number | boolean;
  /** Such as `bytes`, `s`. */
  readonly observedUnit?: string;
  /** RFC 3339. */
  readonly time?: string;
  /** What is wrong, in words for an operator. Everybody can read it: no secrets, no paths. */
  readonly output?: string;
}

/** What the gateway knows of its own health. */
export interface Health {
  /** Whether it takes no new associations because it is shutting down. */
  readonly draining: boolean;
  /** By `component:measurement`, such as `archive:writable`. */
  readonly checks: Readonly<Record<string, readonly HealthCheck[]>>;
}

/** What the health routes need. */
export interface HealthSource {
  readonly version: string;
  readonly serviceId?: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  health(): Promise<Health>;
  /** After so many milliseconds without a result, `health()` has failed; default 5,000. */
  readonly healthDeadline?: number;
  /** Told when `health()` itself failed. */
  onError?(error: unknown): void;
}

/** Media type of a health answer. */
export const HEALTH_MEDIA_TYPE = "application/health+json";

const DEFAULT_HEALTH_DEADLINE = 5_000;

/** `GET /health`: 503 when a check fails. */
export async function health(c: Context, source: HealthSource): Promise<Response> {
  const now = Date.now();
  const { draining, checks } = await look(source);
  const status = worst(checks);
  return healthAnswer(c, draining && status === "pass" ? "warn" : status, {
    version: source.version,
    ...(source.serviceId === undefined ? {} : { serviceId: source.serviceId }),
    checks: {
      uptime: [{
        componentType: "system",
        observedValue: Math.max(0, Math.floor((now - source.startedAt) / 1000)),
        observedUnit: "s",
        status: "pass",
        time: new Date(now).toISOString(),
      }],
      "gateway:draining": [{ componentType: "component", observedValue: draining, status: draining ? "warn" : "pass" }],
      ...checks,
    },
  });
}

/** `GET /health/live`: the process answers. */
export function live(c: Context): Response {
  return healthAnswer(c, "pass", {});
}

/** `GET /health/ready`: whether new associations are welcome; 503 while draining, or when a check fails. */
export async function ready(c: Context, source: HealthSource): Promise<Response> {
  const { draining, checks } = await look(source);
  if (draining) return healthAnswer(c, "fail", { output: "The gateway is draining" });
  const failing = Object.keys(checks).filter((key) => worst({ [key]: checks[key] ?? [] }) === "fail");
  if (failing.length > 0) return healthAnswer(c, "fail", { output: `Failing: ${failing.join(", ")}` });
  return healthAnswer(c, "pass", {});
}

/** Asks for the checks; when that fails or takes too long, this is what is found. */
async function look(source: HealthSource): Promise<Health> {
  try {
    return await within(source.healthDeadline ?? DEFAULT_HEALTH_DEADLINE, source.health());
  } catch (error) {
    source.onError?.(error);
    const check: HealthCheck = { componentType: "component", status: "fail", output: "The checks themselves failed" };
    return { draining: false, checks: { "gateway:checks": [check] } };
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    const expire = () => reject(new Error(`Cannot check the health: no result came for ${milliseconds} ms`));
    timer = setTimeout(expire, milliseconds);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function worst(checks: Health["checks"]): HealthStatus {
  const levels = Object.values(checks).flat().map((check) => STATUSES.indexOf(check.status));
  return STATUSES[Math.max(0, ...levels)] ?? "fail";
}

function healthAnswer(c: Context, status: HealthStatus, more: object): Response {
  const body = JSON.stringify({ status, ...more });
  return c.body(body, status === "fail" ? 503 : 200, { "Content-Type": HEALTH_MEDIA_TYPE });
}
