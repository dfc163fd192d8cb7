/**
 * Events of units, for logs and metrics.
 *
 * @module
 */

import type { ClosedBy } from "./open_unit.ts";
import type { UnitLevel } from "./unit_key.ts";

/** A series or a study of a route that is complete. */
export interface CompleteUnit {
  /** Name of the route. */
  readonly route: string;
  /** What it is. */
  readonly level: UnitLevel;
  /** Study Instance UID. */
  readonly studyInstanceUid: string;
  /** Series Instance UID; empty for a study. */
  readonly seriesInstanceUid: string;
  /** From 1; late instances make the next generation. */
  readonly generation: number;
  /** What closed it. */
  readonly closedBy: ClosedBy;
  /** When it was complete, in milliseconds since the epoch. */
  readonly at: number;
  /** How many instances it has. */
  readonly instances: number;
}

/** A unit is complete, and its jobs are sent. After a crash the last event of a unit may come once more. */
export type CompleteUnitEvent = { readonly type: "unit-closed"; readonly unit: CompleteUnit };
