/**
 * DICOMweb.
 *
 * @module
 */

import type { Keys, Section } from "../entry.ts";
import type { DicomwebConfig, RetrievedConfig } from "../generated/model.ts";

/** Keys of `dicomweb.retrieved`. */
export const retrievedKeys = {
  path: {
    type: "path",
    access: "write",
    example: "./retrieved",
    description: "Folder for them, which is emptied at each start; retrieved/ in archive.path without this key",
  },
  maxSize: {
    type: "size",
    min: "64MiB",
    max: "1024TiB",
    default: "8GiB",
    description: "Most bytes of them; those that were used longest ago go first",
  },
  maxAge: {
    type: "duration",
    default: "1h",
    description: "How long each is held; it may have changed where it came from",
  },
} as const satisfies Keys;

const retrievedSection: Section<RetrievedConfig> = {
  type: "section",
  typeName: "RetrievedConfig",
  description: "Instances that were retrieved from peers with web, held for whoever asks next",
  keys: retrievedKeys,
};

/** Keys of `dicomweb`. */
export const dicomwebKeys = {
  delete: {
    type: "boolean",
    default: false,
    description: "Whether DELETE of a study, series or instance removes it from the archive",
  },
  origins: {
    type: "list",
    items: { type: "line", description: "An origin: scheme, host and, unless it is the usual one, port" },
    expected: "a list of origins",
    default: [],
    example: ["https://viewer.example"],
    description: "Origins whose web pages may use DICOMweb (CORS); * for all",
  },
  bulkDataAbove: {
    type: "size",
    min: "0",
    max: "1MiB",
    default: "1KiB",
    description:
      "Values of bytes or words that are longer are given as a BulkDataURI in metadata; Pixel Data always is",
  },
  emptyAs204: {
    type: "boolean",
    default: false,
    description: "Whether a search that finds nothing is answered with 204 and no body, not with 200 and an empty list",
    details: "For clients that were made for servers that do so.",
  },
  maxRequestLength: {
    type: "size",
    min: "1MiB",
    max: "1024TiB",
    default: "64GiB",
    description: "Longest request that stores instances, decompressed where it is compressed",
    details: "Instances are bounded by dicom.maxDataSetLength.",
  },
  maxRetrievals: {
    type: "integer",
    min: 1,
    max: 10_000,
    unit: "requests",
    default: 64,
    description: "Most requests at the same time that retrieve something; further ones wait for at most 30 s",
  },
  maxStores: {
    type: "integer",
    min: 1,
    max: 10_000,
    unit: "requests",
    default: 32,
    description: "Most requests at the same time that store something; further ones wait for at most 30 s",
  },
  retrieved: retrievedSection,
} as const satisfies Keys;

/** Section `dicomweb`. */
export const dicomwebSection: Section<DicomwebConfig> = {
  type: "section",
  typeName: "DicomwebConfig",
  description: "DICOMweb, at /dicom-web of the HTTP API and, for peers with web, at /peers/NAME/dicom-web",
  keys: dicomwebKeys,
  rules: [
    ({ origins }) =>
      origins.flatMap((origin, index) =>
        origin === "*" || isOrigin(origin)
          ? []
          : [{ path: ["origins", index], expected: "an origin such as https://viewer.example, or *" }]
      ),
  ],
};

/** As browsers write it in the header `Origin`. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}
