/**
 * A DICOMweb origin server (PS3.18 chapters 8 to 10): its resources as routes.
 *
 * @module
 */

import type { HttpPart } from "../../http/part.ts";
import { capabilities } from "./capabilities.ts";
import { dicomwebFace, type DicomwebOptions } from "./face.ts";
import { type Resources, resourcesPart } from "./resource.ts";
import { searchResources } from "./search.ts";

/** All resources but the description of them. */
const RESOURCES: readonly Resources[] = [searchResources];

/** The routes of a DICOMweb server. */
export function dicomwebPart(options: DicomwebOptions): HttpPart {
  const face = dicomwebFace(options);
  const resources = RESOURCES.flatMap((make) => make(face));
  return {
    ...resourcesPart(face.root, [...resources, ...capabilities(face, resources)]),
    crossOrigin: { path: face.root, origins: face.origins },
  };
}
