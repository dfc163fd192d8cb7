/**
 * A module of a host's own: it counts the studies that are announced by Instance Availability Notification (PS3.4 Annex R),
 * and shows them over HTTP.
 *
 * @module
 */

import { firstSupported, type MakeModule, readMessageDataSet, type Service, Status, UID } from "@gantry/dicom";

/** Adds a DIMSE service, a route, a health check and a metric to a gateway. */
export const announcements: MakeModule = () => {
  const studies: string[] = [];
  const policy = firstSupported([UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian]);
  const service: Service = {
    performs: ["N-CREATE-RQ"],
    transferSyntaxes: (sopClassUid) => sopClassUid === UID.InstanceAvailabilityNotification ? policy : undefined,
    async perform(request) {
      const notice = await readMessageDataSet(request, { status: Status.ProcessingFailure });
      studies.push(notice.get("StudyInstanceUID") ?? "");
      return { status: Status.Success };
    },
  };
  return {
    name: "announcements",
    services: [service],
    routes: (app) => void app.get("/announcements", (c) => c.json({ studies })),
    health: () => ({ "announcements:studies": [{ status: "pass", observedValue: studies.length }] }),
    metrics: () => [{
      name: "site_announcements_total",
      type: "counter",
      help: "Studies that were announced.",
      samples: [[{}, studies.length]],
    }],
  };
};
