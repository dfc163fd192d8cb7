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
  quiet: ["info", "nothing of it has come for a while"],
  cap: ["warn", "it has been coming for too long"],
  limit: ["warn", "too many others are coming"],
  mpps: ["info", "all of its performed procedure step has come"],
  commitment: ["info", "all that its sender wants to be committed has come"],
  availability: ["info", "all that its sender has has come"],
  count: ["info", "as many have come as there are"],
};

/** Writes a line: at info, and at warn where it is sent though more may come. */
export function logUnit(log: Log, unit: CompleteUnit): void {
  const { route, level: unitLevel, studyInstanceUid, seriesInstanceUid, generation, closedBy, instances } = unit;
  const [level, why] = CLOSED_BY[closedBy];
  if (!log.isEnabled(level)) return;
  log.write(level, "unit-closed", `A ${unitLevel} is sent: ${why}`, {
    ...{ route, unit: unitLevel },
    // What is no UID may be anything.
    study: isValidUid(studyInstanceUid) ? studyInstanceUid : undefined,
    series: isValidUid(seriesInstanceUid) ? seriesInstanceUid : undefined,
    ...{ generation, closedBy, instances },
  });
}
