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
  /** Where instances live; it stays the host's to close. */
  readonly store: ObjectStore;
  /** What knows the instances in the store; it stays the host's to close. Default: an index in memory, for a store in memory. */
  readonly index?: InstanceIndex;
  /**
   * What has to be remembered besides instances, such as worklist items; it stays the host's to close. Default: in memory.
   */
  readonly documents?: DocumentStore;
  /** What has to be done with each instance that is kept; recorded in one transaction with it. Default: nothing. */
  readonly tasksFor?: TasksFor;
  /**
   * What has still to be sent; it stays the host's to close. Default: a queue in memory, for a store in memory.
   */
  readonly queue?: JobQueue;
  /** Destinations of the host's own, by the names that routes use; an `InstanceSink` is one. The gateway closes them. */
  readonly destinations?: Readonly<Record<string, Destination>>;
  /** Makes the folders among the destinations. Default: folders are refused. */
  readonly folderDestination?: MakeFolderDestination;
  /**
   * Answers C-FIND, C-MOVE and C-GET where the configuration says `archive`. Default: the store and its index.
   */
  readonly source?: InstanceSource;
  /**
   * Where instances are held that were retrieved from peers with `web`, which is for nothing else; it stays the host's to close.
   * Where it tells its `room()`, twice `archive.reserve` of that stay free. Default: in memory.
   */
  readonly retrieved?: ObjectStore | undefined;
  /** The folder of `worklist.path`. Default: none, so that the worklist has what programs put alone. */
  readonly worklistFiles?: WorklistFiles;
  /**
   * What brings instances into transfer syntaxes that a peer of C-MOVE or C-GET takes, where they can't just be converted:
   * `transcodingBy()` with codecs of the host. Default: nothing, so that such instances are not sent.
   */
  readonly transcoding?: Transcoding;
  /**
   * What decodes, encodes and renders frames for DICOMweb; it stays the host's to dispose of. Default: codecs without
   * processes, which know RLE and JPEG.
   */
  readonly codecs?: FrameCodecs;
  /** What serves a viewer over HTTP; `startGateway()` passes that of `http.viewer`. Default: none. */
  readonly viewer?: HttpPart | undefined;
  /** How to reach peers. */
  readonly connect: Connect;
  /** Default: `defaultConfig`. */
  readonly config?: Config;
  /** Modules besides those that every gateway has. Their services and routes come first. */
  readonly modules?: readonly MakeModule[];
  /** Services besides Verification and Storage, where a module would be too much; they come first, too. */
  readonly services?: readonly Service[];
  /**
   * Checks user identities (PS3.7 D.3.3.7) of any type; see `identifyUsers` for names and passcodes. Without it the
   * gateway ignores user identities, and rules that name users match no peer.
   */
  readonly identify?: Identify;
  /** Asked after the configuration's own rules have accepted a request. */
  readonly admit?: Admit;
  /** Observers of associations, of operations (those of the sidecar's C-ECHOs too), and of instances that are stored. */
  readonly observers?: readonly Observer<GatewayEvent>[];
  /**
   * Says what the host is short of, such as memory; undefined while it is short of nothing. Meanwhile new associations are
   * rejected as temporary-congestion and readiness fails. Shortages of the store count as well. Default: never short.
   */
  readonly shortage?: () => string | undefined;
  /** Called with unexpected errors of the HTTP API and the archive. */
  readonly onError?: (error: unknown) => void;
}
