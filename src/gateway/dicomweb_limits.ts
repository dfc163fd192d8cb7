/**
 * How many DICOMweb requests may run at the same time, and how many do.
 *
 * @module
 */

import type { DicomwebConfig } from "../config.ts";
import type { RequestLimit, RequestLoad } from "../http/limited_requests.ts";
import type { MetricFamily } from "../telemetry/prometheus.ts";

/** Ends of the paths that clients search; they retrieve from all others. */
const SEARCHED = /\/(studies|series|instances|modality-scheduled-procedure-steps)\/?$/;

/** The limits of the configuration, for resources below `root`. */
export function dicomwebLimits(
  { maxRetrievals, maxStores }: Pick<DicomwebConfig, "maxRetrievals" | "maxStores">,
  root: string,
): readonly RequestLimit[] {
  const isRetrieved = (path: string) => path.startsWith(`${root}/`) && !SEARCHED.test(path);
  return [
    {
      limit: "maxRetrievals",
      maximum: maxRetrievals,
      includes: (method, path) => (method === "GET" || method === "HEAD") && isRetrieved(path),
    },
    { limit: "maxStores", maximum: maxStores, includes: (method) => method === "POST" },
  ];
}

/** How busy the services of DICOMweb are, as metrics. */
export function loadMetrics(load: readonly RequestLoad[]): readonly MetricFamily[] {
  return [
    {
      name: "gantry_dicomweb_requests_running",
      type: "gauge",
      help: "DICOMweb requests that are being answered, by the limit on their number.",
      samples: load.map(({ limit, running }) => [{ limit }, running]),
    },
    {
      name: "gantry_dicomweb_requests_waiting",
      type: "gauge",
      help: "DICOMweb requests that wait until others have ended, by the limit on their number.",
      samples: load.map(({ limit, waiting }) => [{ limit }, waiting]),
    },
  ];
}
