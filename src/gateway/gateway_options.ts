/**
 * What a host gives to its gateway.
 *
 * @module
 */

import type { Identify } from "../access/user_identity.ts";
import type { TasksFor } from "../archive/transaction.ts";
import type { Config } from "../config.ts";
import type { DocumentStore } from "../documents/document_store.ts";
import type { Service } from "../dimse/service.ts";
import type { HttpPart } from "../http/part.ts";
import type { InstanceIndex } from "../index/instance_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { FrameCodecs } from "../pixel_data/frame_codecs.ts";
import type { InstanceSource } from "../query/instance_source.ts";
import type { JobQueue } from "../queue/job_queue.ts";
import type { Destination } from "../routing/destinations/destination.ts";
import type { Transcoding } from "../services/transcoding.ts";
import type { Admit } from "../upper_layer/admission.ts";
import type { Observer } from "../upper_layer/events.ts";
import type { WorklistFiles } from "../worklist/worklist_folder.ts";
import type { Connect } from "./connect.ts";
import type { MakeFolderDestination } from "./destination_plans.ts";
import type { GatewayEvent, MakeModule } from "./module.ts";
import type { RouteStepOptions } from "./step_kinds.ts";

/** What a host gives to its gateway. */
export interface GatewayOptions extends RouteStepOptions {
  /** Keeps the instances. The host closes it. */
  readonly store: ObjectStore;
  /** Knows the instances in the store. The host closes it. Default: an index in memory, for a store in memory. */
  readonly index?: InstanceIndex;
  /**
   * Keeps what the gateway has to remember besides instances, such as worklist items. The host closes it. Default: in memory.
   */
  readonly documents?: DocumentStore;
  /** Tasks for each instance that is kept, recorded in one transaction with it. Default: none. */
  readonly tasksFor?: TasksFor;
  /**
   * Keeps the jobs that are still to be sent. The host closes it. Default: a queue in memory, for a store in memory.
   */
  readonly queue?: JobQueue;
  /** The host's own destinations, by the names that routes use; an `InstanceSink` is one. The gateway closes them. */
  readonly destinations?: Readonly<Record<string, Destination>>;
  /** Makes destinations of folders. Default: folders are refused. */
  readonly folderDestination?: MakeFolderDestination;
  /**
   * Answers C-FIND, C-MOVE and C-GET where the configuration says `archive`. Default: the store and its index.
   */
  readonly source?: InstanceSource;
  /**
   * Holds instances that were retrieved from peers with `web`, and nothing else. The host closes it. If it has `room()`, twice
   * `archive.reserve` of that room stays free. Default: in memory.
   */
  readonly retrieved?: ObjectStore | undefined;
  /** The folder of `worklist.path`. Default: none, so that the worklist holds only items that programs put. */
  readonly worklistFiles?: WorklistFiles;
  /**
   * Converts instances into transfer syntaxes that a peer of C-MOVE or C-GET takes, where that needs codecs:
   * `transcodingBy()` with codecs of the host. Default: none, so that such instances are not sent.
   */
  readonly transcoding?: Transcoding;
  /**
   * Decodes, encodes and renders frames for DICOMweb. The host disposes of it. Default: codecs without processes, which know
   * RLE and JPEG.
   */
  readonly codecs?: FrameCodecs;
  /** Serves a viewer over HTTP; `startGateway()` passes the one of `http.viewer`. Default: none. */
  readonly viewer?: HttpPart | undefined;
  /** How to reach peers. */
  readonly connect: Connect;
  /** Default: `defaultConfig`. */
  readonly config?: Config;
  /** Modules besides those that every gateway has. Their services and routes come first. */
  readonly modules?: readonly MakeModule[];
  /** Services besides Verification and Storage, where a module would be too much. They come first, too. */
  readonly services?: readonly Service[];
  /**
   * Checks user identities (PS3.7 D.3.3.7) of any type; see `identifyUsers` for names and passcodes. Without it the
   * gateway ignores user identities, and rules that name users match no peer.
   */
  readonly identify?: Identify;
  /** Asked after the configuration's own rules have accepted a request. */
  readonly admit?: Admit;
  /** Observers of associations, of operations (including C-ECHOs that HTTP asks for), and of instances that are stored. */
  readonly observers?: readonly Observer<GatewayEvent>[];
  /**
   * Says what the host is short of, such as memory; undefined while it is short of nothing. While it is short, the gateway
   * rejects new associations as temporary-congestion, and readiness fails. Shortages of the store count as well. Default:
   * never short.
   */
  readonly shortage?: () => string | undefined;
  /** Called with unexpected errors of the HTTP API and the archive. */
  readonly onError?: (error: unknown) => void;
}
