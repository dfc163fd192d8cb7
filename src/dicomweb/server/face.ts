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

/** An instance that was deleted, as far as others have to know. */
export interface DeletedInstance {
  /** Study Instance UID. */
  readonly studyInstanceUid: string;
  /** Series Instance UID. */
  readonly seriesInstanceUid: string;
}

/** Where instances can be deleted. */
export interface Deletable {
  /** What is there. */
  readonly source: InstanceSource;
  /** Deletes instances, and resolves with those that there were once they are gone for good. */
  delete(sopInstanceUids: Iterable<string>): Promise<readonly DeletedInstance[]>;
}

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
  /** Where DELETE deletes. Default: there is no DELETE. */
  readonly deletable?: Deletable | undefined;
  /** Takes what is sent. Default: nothing is taken. */
  readonly sink?: StoreSink | undefined;
  /** Storage commitment, worklist and performed steps. Default: none of them. */
  readonly workflow?: Workflow | undefined;
  /** What decodes, encodes and renders. Default: codecs without processes, which know RLE and JPEG. */
  readonly codecs?: FrameCodecs | undefined;
  /** Whether a search that finds nothing is answered with 204; with 200 and an empty list by default. */
  readonly emptyAs204?: boolean;
  /** Longest request to store, in bytes, decompressed where it is compressed. Default: 64 GiB. */
  readonly maxRequestLength?: number;
  /** Which part of 64 MiB of metadata and 32 MiB of thumbnails may be kept in memory, where several servers share them; 1. */
  readonly memoryShare?: number;
  /** Hears of what could not be given. */
  readonly onError?: (error: unknown) => void;
}

/** Who sent a request, as far as it is known. */
export interface RequestClient {
  /** The name of the token. */
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
  /** Where all frames are decoded and rendered, in turn. */
  readonly turns: RenderingQueue;
  /** The URL of the server as the client of a request knows it: `https://pacs.example/dicom-web`. */
  urlFor(c: Context): string;
  /** Who sent a request: the name of the token, or else the IP address of the client where it is known. */
  senderOf(c: Context): string | undefined;
  /** The same, told apart. */
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
