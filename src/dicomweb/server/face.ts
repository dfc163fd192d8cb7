/**
 * What every route of a DICOMweb server needs.
 *
 * @module
 */

import type { Context } from "hono";
import type { HttpSender } from "../../http/part.ts";
import { inNetworks } from "../../ip_address.ts";
import type { InstanceSource } from "../../query/instance_source.ts";
import { baseUrl } from "./base_url.ts";

/** What a DICOMweb server answers with. */
export interface DicomwebOptions {
  /** Path that all of its resources are below; `/dicom-web`. */
  readonly root?: string;
  /** Version of Gantry, for the description of what it can do. */
  readonly version: string;
  /** Who answers; undefined when nobody does. */
  readonly source: () => InstanceSource | undefined;
  /** Addresses and networks of proxies whose headers say what clients have asked for. Default: none. */
  readonly proxies?: readonly string[];
  /** Origins whose pages may use it. Default: none. */
  readonly origins?: readonly string[];
  /** Bytes above which a value is given as a URI; 1024. */
  readonly bulkDataAbove?: number;
  /** Hears of what could not be given. */
  readonly onError?: (error: unknown) => void;
}

/** The options with their defaults, for the routes. */
export interface DicomwebFace extends Required<DicomwebOptions> {
  /** The URL of the server as the client of a request knows it: `https://pacs.example/dicom-web`. */
  urlFor(c: Context): string;
}

/** Path of the gateway's own server. */
export const DEFAULT_ROOT = "/dicom-web";

/** Completes the options. */
export function dicomwebFace(options: DicomwebOptions): DicomwebFace {
  const { root = DEFAULT_ROOT, proxies = [], origins = [], bulkDataAbove = 1024 } = options;
  const { version, source, onError = () => {} } = options;
  const isProxy = inNetworks(proxies);
  return {
    ...{ root, version, source, proxies, origins, bulkDataAbove, onError },
    urlFor: (c) => baseUrl({ request: c.req.raw, ...senderOf(c), isProxy }) + root,
  };
}

function senderOf(c: Context): HttpSender {
  return (c.env ?? {}) as HttpSender;
}
