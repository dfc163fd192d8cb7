/**
 * Health answers in the format of the Internet draft "Health Check Response Format for HTTP APIs".
 *
 * @module
 */

import type { Context } from "hono";
import { type Health, HEALTH_MEDIA_TYPE, type HealthCheck, type HealthStatus, STATUSES } from "./health_format.ts";
import { healthResponse, operation } from "./openapi.ts";
import type { HttpPart } from "./part.ts";

/** What the health routes need. */
export interface HealthSource {
  readonly version: string;
  readonly serviceId?: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  health(): Promise<Health>;
  /** Milliseconds after which `health()` counts as failed without a result; default 5,000. */
  readonly healthDeadline?: number;
  /** Called when `health()` itself failed. */
  onError?(error: unknown): void;
}

const DEFAULT_HEALTH_DEADLINE = 5_000;

/** The health routes. */
export function healthPart(source: HealthSource): HttpPart {
  const look = lookAt(source);
  return {
    routes(app) {
      app.get("/health", (c) => health(c, source, look));
      app.get("/health/live", (c) => live(c));
      app.get("/health/ready", (c) => ready(c, look));
    },
    paths: (options) => {
      const open = { ...options, isOpen: true };
      return {
        "/health": {
          get: operation("health", "Whether the gateway works, check by check", open, {
            200: healthResponse("It works, perhaps with concerns (`warn`).", "health"),
            503: healthResponse("A check fails.", "failingHealth"),
          }),
        },
        "/health/live": {
          get: operation("live", "Whether the process answers", open, { 200: healthResponse("It does.", "live") }),
        },
        "/health/ready": {
          get: operation("ready", "Whether new associations are welcome", open, {
            200: healthResponse("They are.", "live"),
            503: healthResponse("The gateway is draining, or a check fails.", "notReady"),
          }),
        },
      };
    },
    links: [{ path: "/health", about: "Whether the gateway works, check by check" }],
  };
}

/** `GET /health`: 503 when a check fails. */
async function health(c: Context, source: HealthSource, look: () => Promise<Health>): Promise<Response> {
  const now = Date.now();
  const { draining, checks } = await look();
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
function live(c: Context): Response {
  return healthAnswer(c, "pass", {});
}

/** `GET /health/ready`: whether the gateway takes new associations; 503 while draining, or when a check fails. */
async function ready(c: Context, look: () => Promise<Health>): Promise<Response> {
  const { draining, checks } = await look();
  if (draining) return healthAnswer(c, "fail", { output: "The gateway is draining" });
  const failing = Object.keys(checks).filter((key) => worst({ [key]: checks[key] ?? [] }) === "fail");
  if (failing.length > 0) return healthAnswer(c, "fail", { output: `Failing: ${failing.join(", ")}` });
  return healthAnswer(c, "pass", {});
}

/**
 * Makes the function that runs the checks; when they fail to run or take too long, it reports that. Any client may ask, and
 * checks cost the disk something: so all clients that ask while checks are under way share their outcome.
 */
function lookAt(source: HealthSource): () => Promise<Health> {
  let checking: Promise<Health> | undefined;
  return async () => {
    try {
      checking ??= source.health().finally(() => checking = undefined);
      return await within(source.healthDeadline ?? DEFAULT_HEALTH_DEADLINE, checking);
    } catch (error) {
      source.onError?.(error);
      const check: HealthCheck = { componentType: "component", status: "fail", output: "The checks themselves failed" };
      return { draining: false, checks: { "gateway:checks": [check] } };
    }
  };
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
