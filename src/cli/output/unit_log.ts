/**
 * Series and studies that are complete, as log lines.
 *
 * @module
 */

import { isValidUid } from "../../dicom/uids.ts";
import type { ClosedBy } from "../../routing/units/open_unit.ts";
import type { CompleteUnit } from "../../routing/units/unit_events.ts";
import type { Log, LogLevel } from "./log.ts";

const CLOSED_BY: Readonly<Record<ClosedBy, readonly [LogLevel, string]>> = {
  quiet: ["info", "no instance arrived within routing.units.quiet"],
  cap: ["warn", "routing.units.cap passed since its first instance"],
  limit: ["warn", "too many other units are open"],
  mpps: ["info", "all instances of its performed procedure step arrived"],
  commitment: ["info", "all instances of its sender's request for storage commitment arrived"],
  availability: ["info", "all instances that its sender announced as available arrived"],
  count: ["info", "as many instances arrived as the counting peer has"],
};

/** Writes a line: at info, and at warn where it is sent though more may come. */
export function logUnit(log: Log, unit: CompleteUnit): void {
  const { route, level: unitLevel, studyInstanceUid, seriesInstanceUid, generation, closedBy, instances } = unit;
  const [level, why] = CLOSED_BY[closedBy];
  if (!log.isEnabled(level)) return;
  log.write(level, "unit-closed", `Queued a ${unitLevel}: ${why}`, {
    ...{ route, unit: unitLevel },
    // What is no UID may be anything.
    study: isValidUid(studyInstanceUid) ? studyInstanceUid : undefined,
    series: isValidUid(seriesInstanceUid) ? seriesInstanceUid : undefined,
    ...{ generation, closedBy, instances },
  });
}
