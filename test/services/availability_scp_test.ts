/** Notifications of availability, as they are taken. */

import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { isValidUid } from "../../src/dicom/uids.ts";
import * as Status from "../../src/dimse/status.ts";
import { AVAILABILITY_CONTEXT, notifyAvailability } from "../../src/services/availability_notification.ts";
import { availabilityNotificationScp, type ReceivedAvailability } from "../../src/services/availability_scp.ts";
import { createInstance } from "../../src/services/normalized.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { connectionPair } from "../../src/transport/memory.ts";
import type { Attributes } from "../query/data_sets.ts";

async function associated() {
  const heard: ReceivedAvailability[] = [];
  const [here, there] = connectionPair();
  createScp({ services: [availabilityNotificationScp({ onNotification: (one) => void heard.push(one) })] }).accept(
    there,
  );
  const association = await requestAssociation(here, {
    calledAeTitle: "GANTRY",
    callingAeTitle: "PACS",
    presentationContexts: [AVAILABILITY_CONTEXT],
  });
  const create = (attributes: Attributes, sopInstanceUid?: string) =>
    createInstance(association.provider, {
      sopClassUid: UID.InstanceAvailabilityNotification,
      ...(sopInstanceUid !== undefined && { sopInstanceUid }),
      dataSet: new DataSet(attributes),
    });
  return { heard, association, create };
}

const reference = (uid: string, availability = "ONLINE") => ({
  ReferencedSOPClassUID: UID.CTImageStorage,
  ReferencedSOPInstanceUID: uid,
  InstanceAvailability: availability,
  RetrieveAETitle: "PACS",
});

Deno.test("a notification of availability is heard with its study, series and instances, and its sender", async () => {
  const { heard, association } = await associated();
  await using _ = association;
  const instance = (sopInstanceUid: string) => ({ sopClassUid: UID.CTImageStorage, sopInstanceUid });
  const { status } = await notifyAvailability(association.provider, {
    studyInstanceUid: "1.2.1",
    retrieveAeTitle: "PACS",
    series: [
      { seriesInstanceUid: "1.2.1.1", instances: [instance("1.1"), instance("1.2")] },
      { seriesInstanceUid: "1.2.1.2", instances: [instance("2.1")] },
    ],
  });
  assert.equal(status, Status.Success);
  assert.deepEqual(heard.map(({ association: { callingAeTitle }, ...content }) => [callingAeTitle, content]), [[
    "PACS",
    {
      studyInstanceUid: "1.2.1",
      series: [
        { seriesInstanceUid: "1.2.1.1", sopInstanceUids: ["1.1", "1.2"] },
        { seriesInstanceUid: "1.2.1.2", sopInstanceUids: ["2.1"] },
      ],
    },
  ]]);
});

Deno.test("what is unavailable is not listed, and a notification without a UID of its own gets one", async () => {
  const { heard, association, create } = await associated();
  await using _ = association;
  const { status, sopInstanceUid } = await create({
    StudyInstanceUID: "1.2.1",
    ReferencedSeriesSequence: [{
      SeriesInstanceUID: "1.2.1.1",
      ReferencedSOPSequence: [reference("1.1", "UNAVAILABLE"), reference("1.2", "NEARLINE")],
    }],
  });
  assert.deepEqual([status, isValidUid(sopInstanceUid ?? "")], [Status.Success, true]);
  assert.deepEqual(heard[0]?.series, [{ seriesInstanceUid: "1.2.1.1", sopInstanceUids: ["1.2"] }]);
});

Deno.test("a notification that says nothing usable is refused, and not heard", async () => {
  const { heard, association, create } = await associated();
  await using _ = association;
  const series = { SeriesInstanceUID: "1.2.1.1", ReferencedSOPSequence: [reference("1.1")] };
  const cases: readonly (readonly [attributes: Attributes, status: number])[] = [
    [{ ReferencedSeriesSequence: [series] }, Status.MissingAttribute],
    [{ StudyInstanceUID: "1.2.1" }, Status.MissingAttribute],
    [{ StudyInstanceUID: "1.2.1", ReferencedSeriesSequence: [] }, Status.MissingAttribute],
    [
      { StudyInstanceUID: "1.2.1", ReferencedSeriesSequence: [{ ...series, SeriesInstanceUID: "" }] },
      Status.MissingAttribute,
    ],
    [{
      StudyInstanceUID: "1.2.1",
      ReferencedSeriesSequence: [{ ...series, ReferencedSOPSequence: [reference("")] }],
    }, Status.MissingAttribute],
  ];
  for (const [attributes, status] of cases) assert.equal((await create(attributes, "1.9")).status, status);
  assert.deepEqual(heard, []);
});
