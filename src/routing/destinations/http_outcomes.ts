/**
 * Outcomes of HTTP statuses.
 *
 * @module
 */

import { LONGEST_PAUSE } from "../../queue/job_rules.ts";
import { DeliveryError, type OutcomeClass } from "./outcomes.ts";

type FailureClass = Exclude<OutcomeClass, "delivered" | "duplicate">;

/** Classes of statuses; other statuses are permanent from 400 on, and transient from 500 on. */
const CLASSES: Readonly<Record<number, FailureClass>> = {
  401: "configuration",
  403: "configuration",
  404: "configuration",
  407: "configuration",
  408: "transient",
  425: "transient",
  429: "transient",
  501: "permanent",
  505: "configuration",
};

/** The class of a status that is no success. Redirections are not followed: they may lead anywhere. */
export function classOfHttpStatus(status: number): FailureClass {
  return CLASSES[status] ?? (status < 400 ? "configuration" : status < 500 ? "permanent" : "transient");
}

/** Milliseconds of a `Retry-After` in seconds or as a date (RFC 9110 10.2.3), an hour at most; undefined without a valid one. */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const milliseconds = /^\d{1,9}$/.test(value.trim()) ? 1_000 * Number(value) : Date.parse(value) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(0, milliseconds), LONGEST_PAUSE);
}

/** The error for an answer that is no success. */
export function httpFailure(what: string, response: Response, now: number): DeliveryError {
  const { status } = response;
  return new DeliveryError(`Cannot ${what}: the server answered ${status}`, {
    class: classOfHttpStatus(status),
    status: String(status),
    retryAfter: retryAfter(response.headers.get("retry-after"), now),
  });
}
