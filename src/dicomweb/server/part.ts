/**
 * A DICOMweb origin server (PS3.18 chapters 8 to 10, and 13 to 15): its resources as routes.
 *
 * @module
 */

import type { HttpPart } from "../../http/part.ts";
import { capabilities } from "./capabilities.ts";
import { deleteResources } from "./delete.ts";
import { dicomwebFace, type DicomwebOptions } from "./face.ts";
import { FrameFinder } from "./opened_instance.ts";
import { renderedResources } from "./rendered.ts";
import { resourcesPart } from "./resource.ts";
import { bulkDataResources } from "./retrieve_bulk_data.ts";
import { frameResources } from "./retrieve_frames.ts";
import { instanceResources } from "./retrieve_instances.ts";
import { metadataResources } from "./retrieve_metadata.ts";
import { searchResources } from "./search.ts";
import { SeriesMetadata } from "./kept_metadata.ts";
import { storeResources } from "./store.ts";
import { thumbnailResources } from "./thumbnails.ts";
import { wadoUriResources } from "./wado_uri.ts";
import { commitmentResources } from "../workflow/commitment_requests.ts";
import { performedStepResources } from "../workflow/performed_steps.ts";
import { scheduledStepResources } from "../workflow/scheduled_steps.ts";

/** A DICOMweb server that other parts of the gateway tell about changes. */
export interface DicomwebPart extends HttpPart {
  /** Says that an instance of a series was added, changed or deleted: what the server kept of the series is made anew. */
  changed(studyInstanceUid: string, seriesInstanceUid: string): void;
}

/** The routes of a DICOMweb server. */
export function dicomwebPart(options: DicomwebOptions): DicomwebPart {
  const face = dicomwebFace(options);
  const series = new SeriesMetadata(face);
  const finder = new FrameFinder();
  const resources = [
    ...searchResources(face),
    ...metadataResources(face, series),
    ...instanceResources(face),
    ...frameResources(face, finder),
    ...renderedResources(face, finder),
    ...thumbnailResources(face, finder),
    ...bulkDataResources(face),
    ...wadoUriResources(face, finder),
    ...deleteResources(face, series),
    ...storeResources(face),
    ...commitmentResources(face, options.workflow?.commitments),
    ...scheduledStepResources(face, options.workflow?.scheduledSteps),
    ...performedStepResources(face, options.workflow?.performedSteps),
  ];
  return {
    ...resourcesPart(face, [...resources, ...capabilities(face, resources)]),
    crossOrigin: { path: face.root, origins: face.origins },
    changed: (study, oneSeries) => series.changed(study, oneSeries),
  };
}
