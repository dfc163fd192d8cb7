/**
 * A viewer that opens a study, as OHIF does: the list, the study's series, their metadata and thumbnails, and images.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Stopwatch } from "./measured.ts";
import type { ComingStudy } from "./studies.ts";

const LIST = "limit=101&offset=0&fuzzymatching=false&includefield=00081030,00080060,00080090,00100030";
const FRAME = "multipart/related; type=application/octet-stream; transfer-syntax=*";
const JSON_MODEL = "application/dicom+json";

/** Images that are looked at, and how many are fetched at the same time. */
const IMAGES = 20;
const AT_ONCE = 6;

/** Opens a study at the DICOMweb server of that address. */
export async function view(root: string, study: ComingStudy, watch: Stopwatch): Promise<void> {
  const ask = (kind: string, path: string, accept: string) =>
    watch.time(kind, async () => {
      const response = await fetch(`${root}/${path}`, { headers: { Accept: accept } });
      const length = (await response.bytes()).length;
      assert.equal(response.status, 200, path);
      assert.ok(length > 0, path);
    });
  const path = `studies/${study.studyInstanceUid}`;
  await ask("list of 101 studies", `studies?${LIST}`, JSON_MODEL);
  await ask("studies of a patient", `studies?PatientID=${study.patientId}`, JSON_MODEL);
  await ask("series of a study", `${path}/series?includefield=00080021,00080031,0008103E,00200011`, JSON_MODEL);
  await Promise.all(study.seriesInstanceUids.flatMap((series) => [
    ask("metadata of a series", `${path}/series/${series}/metadata`, JSON_MODEL),
    ask("thumbnail of a series", `${path}/series/${series}/thumbnail`, "image/jpeg"),
  ]));
  const step = Math.max(1, Math.floor(study.instances.length / IMAGES));
  const images = study.instances.filter((_, index) => index % step === 0);
  const pathOf = ({ seriesInstanceUid, sopInstanceUid }: typeof images[number]) =>
    `${path}/series/${seriesInstanceUid}/instances/${sopInstanceUid}`;
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < images.length) await ask(`frame of ${study.modality}`, `${pathOf(images[next++]!)}/frames/1`, FRAME);
  }));
  await ask(`${study.modality} rendered`, `${pathOf(images[0]!)}/rendered`, "image/jpeg");
}
