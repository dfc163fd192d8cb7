/**
 * What the statuses of DIMSE responses mean: those of every service (PS3.7 Annex C), those of C-STORE, C-FIND, C-GET and C-MOVE
 * (PS3.4 Tables B.2-1, C.4-1, C.4-2 and C.4-3), and those of the services of PS3.4 that use the N-services.
 *
 * @module
 */

import * as Status from "./status.ts";
import {
  GENERAL,
  MOVE,
  NORMALIZED,
  QUERY,
  RETRIEVAL,
  type StatusCategory,
  type StatusRow,
  STORAGE,
} from "./status_meanings.ts";

export type { StatusCategory } from "./status_meanings.ts";

/** What a status says. */
export interface StatusDescription {
  /** Whether the operation was done, is going on, or was not. */
  readonly category: StatusCategory;
  /** What it means, for people. */
  readonly meaning: string;
}

/**
 * What `status` says, in general or from `service` (such as `C-STORE`). A code that nothing gives a meaning to is a
 * failure: only what the standard calls a success is one.
 */
export function describeStatus(status: number, service?: string): StatusDescription {
  const row = rowsOf(service ?? "").find(covers) ?? GENERAL.find(covers);
  if (row === undefined) return { category: "failure", meaning: "Unknown status" };
  const [, , category, meaning] = row;
  return { category, meaning };

  function covers([first, last]: StatusRow): boolean {
    return status >= first && status <= last;
  }
}

/** A status, or a range of them, that a service gives a meaning to. */
export interface ServiceStatus extends StatusDescription {
  /** The lowest code. */
  readonly first: number;
  /** The highest code; `first` where it is one. */
  readonly last: number;
}

/** What PS3.4 lists for a service, such as `C-FIND`, besides success; nothing for a service without statuses of its own. */
export function statusesOf(service: string): readonly ServiceStatus[] {
  return rowsOf(service).map(([first, last, category, meaning]) => ({ first, last, category, meaning }));
}

/** A status (0000,0900) as Gantry writes it everywhere: `0xA700`, which PS3.7 writes A700H. */
export function statusCode(status: number): string {
  return `0x${status.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Whether more responses follow this one. */
export function isPending(status: number): boolean {
  return status === Status.Pending || status === Status.PendingWithUnsupportedKeys;
}

function rowsOf(service: string): readonly StatusRow[] {
  switch (service) {
    case "C-STORE":
      return STORAGE;
    case "C-FIND":
      return QUERY;
    case "C-GET":
      return RETRIEVAL;
    case "C-MOVE":
      return [...MOVE, ...RETRIEVAL];
    default:
      return service.startsWith("N-") ? NORMALIZED : [];
  }
}
