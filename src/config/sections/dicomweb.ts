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
    description: "Folder of the cache, which each start empties; without this key retrieved/ in archive.path",
  },
  maxSize: {
    type: "size",
    min: "64MiB",
    max: "1024TiB",
    default: "8GiB",
    description: "Maximum size of the cache; the least recently used instances go first",
  },
  maxAge: {
    type: "duration",
    default: "1h",
    description: "How long to cache an instance; meanwhile it may change at the peer",
  },
} as const satisfies Keys;

const retrievedSection: Section<RetrievedConfig> = {
  type: "section",
  typeName: "RetrievedConfig",
  description: "Cache of instances that the gateway retrieved from peers with web",
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
      "Length above which metadata has a BulkDataURI in place of a value of bytes or words; Pixel Data always has one",
  },
  emptyAs204: {
    type: "boolean",
    default: false,
    description: "Whether a search without matches gets 204 and no body instead of 200 and an empty list",
    details: "Some clients expect 204.",
  },
  maxRequestLength: {
    type: "size",
    min: "1MiB",
    max: "1024TiB",
    default: "64GiB",
    description: "Longest request that stores instances, after decompression",
    details: "dicom.maxDataSetLength limits each instance.",
  },
  maxRetrievals: {
    type: "integer",
    min: 1,
    max: 10_000,
    unit: "requests",
    default: 64,
    description: "Maximum number of concurrent requests that retrieve; further ones wait for at most 30 s",
  },
  maxStores: {
    type: "integer",
    min: 1,
    max: 10_000,
    unit: "requests",
    default: 32,
    description: "Maximum number of concurrent requests that store; further ones wait for at most 30 s",
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
