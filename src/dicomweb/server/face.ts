/**
 * What every route of a DICOMweb server needs.
 *
 * @module
 */

import type { Context } from "hono";
import { askerOf } from "../../http/authorize.ts";
import type { HttpSender } from "../../http/part.ts";
import { inNetworks } from "../../ip_address.ts";
import type { InstanceSource } from "../../query/instance_source.ts";
import { FrameCodecs } from "../../pixel_data/frame_codecs.ts";
import type { StoreSink } from "../store/store_instances.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { baseUrl, clientAddress } from "./base_url.ts";
import { RenderingQueue } from "./rendering_queue.ts";

/** A deleted instance, as far as other parts have to know. */
export interface DeletedInstance {
  /** Study Instance UID. */
  readonly studyInstanceUid: string;
  /** Series Instance UID. */
  readonly seriesInstanceUid: string;
}

/** A source whose instances can be deleted. */
export interface Deletable {
  /** The source. */
  readonly source: InstanceSource;
  /** Deletes instances, and resolves with those that existed, once they are gone for good. */
  delete(sopInstanceUids: Iterable<string>): Promise<readonly DeletedInstance[]>;
}

/** Options of a DICOMweb server. */
export interface DicomwebOptions {
  /** Path above all of its resources; `/dicom-web`. */
  readonly root?: string;
  /** Version of Gantry, for the description of the server. */
  readonly version: string;
  /** The source that answers; undefined when the server has none. */
  readonly source: () => InstanceSource | undefined;
  /** Addresses and networks of proxies whose headers state what clients requested. Default: none. */
  readonly proxies?: readonly string[];
  /** Origins whose pages may use the server. Default: none. */
  readonly origins?: readonly string[];
  /** Length in bytes above which a value is given as a URI; 1024. */
  readonly bulkDataAbove?: number;
  /** Where DELETE deletes. Default: the server has no DELETE. */
  readonly deletable?: Deletable | undefined;
  /** Takes instances that clients store. Default: the server takes none. */
  readonly sink?: StoreSink | undefined;
  /** Storage commitment, worklist and performed steps. Default: none of them. */
  readonly workflow?: Workflow | undefined;
  /** Decodes, encodes and renders. Default: codecs without processes, which know RLE and JPEG. */
  readonly codecs?: FrameCodecs | undefined;
  /** Whether a search without matches is answered with 204; by default with 200 and an empty list. */
  readonly emptyAs204?: boolean;
  /** Longest request to store, in bytes, after decompression. Default: 64 GiB. */
  readonly maxRequestLength?: number;
  /** Share of 64 MiB of metadata and 32 MiB of thumbnails in memory, for several servers that divide them; 1. */
  readonly memoryShare?: number;
  /** Called with errors that kept the server from giving an instance or a picture. */
  readonly onError?: (error: unknown) => void;
}

/** The client of a request, as far as it is known. */
export interface RequestClient {
  /** The name of its token. */
  readonly user: string | undefined;
  /** IP address. */
  readonly address: string | undefined;
}

/** The options with their defaults, for the routes. */
export interface DicomwebFace extends Required<Omit<DicomwebOptions, "deletable" | "sink" | "codecs" | "workflow">> {
  /** As in the options. */
  readonly deletable: Deletable | undefined;
  /** As in the options. */
  readonly sink: StoreSink | undefined;
  /** As in the options. */
  readonly codecs: FrameCodecs;
  /** Lets all frames be decoded and rendered in turn. */
  readonly turns: RenderingQueue;
  /** The URL of the server as the client of a request knows it: `https://pacs.example/dicom-web`. */
  urlFor(c: Context): string;
  /** The sender of a request: the name of its token, or else the IP address of the client if it is known. */
  senderOf(c: Context): string | undefined;
  /** The same, as separate values. */
  clientOf(c: Context): RequestClient;
}

/** Path of the gateway's own server. */
export const DEFAULT_ROOT = "/dicom-web";

const DEFAULT_MAXIMUM_REQUEST_LENGTH = 64 * 1024 ** 3;

/** Completes the options. */
export function dicomwebFace(options: DicomwebOptions): DicomwebFace {
  const { root = DEFAULT_ROOT, proxies = [], origins = [], bulkDataAbove = 1024 } = options;
  const { version, source, deletable, sink, onError = () => {} } = options;
  const { maxRequestLength = DEFAULT_MAXIMUM_REQUEST_LENGTH } = options;
  const { codecs = new FrameCodecs(), emptyAs204 = false, memoryShare = 1 } = options;
  const isProxy = inNetworks(proxies);
  const clientOf = (c: Context): RequestClient => ({
    user: askerOf(c),
    address: clientAddress({ request: c.req.raw, ...senderOf(c), isProxy }),
  });
  return {
    ...{ root, version, source, proxies, origins, bulkDataAbove, deletable, sink, maxRequestLength, onError },
    ...{ codecs, emptyAs204, memoryShare },
    turns: new RenderingQueue(codecs.parallel),
    clientOf,
    senderOf(c) {
      const { user, address } = clientOf(c);
      return user ?? address;
    },
    urlFor: (c) => baseUrl({ request: c.req.raw, ...senderOf(c), isProxy }) + root,
  };
}

function senderOf(c: Context): HttpSender {
  return (c.env ?? {}) as HttpSender;
}
