/**
 * The web services of a gateway (PS3.18), for the conformance statement.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import type { WebTransaction } from "./ask_gateway.ts";
import { section, table } from "./markdown.ts";

/** Services by the beginning of their paths: the longest that fits counts. */
const SERVICES: readonly (readonly [path: string, service: string, chapter: string])[] = [
  ["", "Capabilities", "8.9"],
  ["/wado", "WADO-URI", "9"],
  ["/studies", "Studies", "10"],
  ["/series", "Studies", "10"],
  ["/instances", "Studies", "10"],
  ["/commitment-requests", "Storage Commitment", "13"],
  ["/modality-scheduled-procedure-steps", "Modality Scheduled Procedure Step", "14"],
  ["/modality-performed-procedure-steps", "Modality Performed Procedure Step", "15"],
];

/** What a gateway answers over HTTP, as origin server. */
export function webServices(config: Config, transactions: readonly WebTransaction[]): string {
  return section(
    "## Web services",
    "The gateway is an origin server of these services, below `/dicom-web`. `OPTIONS /dicom-web` gives the same list as " +
      "WADL or JSON.",
    table(
      ["service", "PS3.18", "method", "resource"],
      transactions.map(({ method, path }) => {
        const [, service, chapter] = serviceOf(path);
        return [service, chapter, method, `\`${path === "" ? "/" : path}\``];
      }),
    ),
    table(["service", "media types that are answered"], [
      [
        "search for studies, series and instances",
        "`application/dicom+json` (default), `application/json`, `multipart/related` of `application/dicom+xml`",
      ],
      [
        "scheduled and performed procedure steps, storage commitment",
        "`application/dicom+json` (default), `application/json`, `application/dicom+xml`, and `multipart/related` of these",
      ],
      [
        "instances",
        "`application/dicom`, alone or in `multipart/related`; any transfer syntax that can be made of the stored one",
      ],
      [
        "frames and bulk data",
        "`application/octet-stream` and the media types of PS3.18 Table 8.7.3-5, alone or in `multipart/related`",
      ],
      [
        "rendered",
        "`image/jpeg` (default), `image/png`, `image/gif`, `video/mp4` and `application/pdf` of instances that contain them",
      ],
    ]),
    "Queries match what C-FIND matches. The parameters `fuzzymatching`, `emptyvaluematching`, `multiplevaluematching`, " +
      "`includefield`, `limit` and `offset` are supported; of rendered resources `viewport`, `window`, `quality` and `iccprofile` (yes, no), and of " +
      "WADO-URI `frameNumber`, `rows`, `columns`, `region`, `windowCenter`, `windowWidth` and `imageQuality`. " +
      "Notifications, Unified Procedure Steps and Non-Patient Instances are not.",
    `${
      config.dicomweb.delete
        ? "DELETE, which PS3.18 does not have, is on."
        : "DELETE, which PS3.18 does not have, is off."
    } ` +
      `A request to store may have ${config.dicomweb.maxRequestLength} bytes.`,
  );
}

function serviceOf(path: string): (typeof SERVICES)[number] {
  return SERVICES.findLast(([start]) => start === "" ? path === "" : path.startsWith(start)) ?? SERVICES[0]!;
}
