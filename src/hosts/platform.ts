/**
 * What a runtime has to offer for a gateway to run on it: all that differs between hosts.
 *
 * @module
 */

import type { ArchiveConfig } from "../config.ts";
import type { ViewerFiles } from "../http/viewer.ts";
import type { InstanceIndex } from "../index/instance_index.ts";
import type { MakeFolderDestination } from "../gateway/destination_plans.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { TaskRunner } from "../pixel_data/codec_task.ts";
import type { CodecPoolOptions } from "../pixel_data/pool/codec_pool.ts";
import type { JobQueue } from "../queue/job_queue.ts";
import type {
  ConnectOptions,
  ConnectTlsOptions,
  Listener,
  ListenOptions,
  ListenTlsOptions,
  TlsIdentity,
  TlsListener,
} from "../transport/listener.ts";
import type { DocumentStore } from "../documents/document_store.ts";
import type { Connection, Endpoint } from "../upper_layer/connection.ts";
import type { WorklistFiles } from "../worklist/worklist_folder.ts";
import type { OnNotice } from "./notice.ts";

/** A runtime. */
export interface Platform extends Connector {
  /** Listens for plain TCP. Throws TransportError. */
  listenTcp(options: ListenOptions): Promise<Listener>;
  /** Listens for TLS; with `native` by the runtime's own TLS. Throws TransportError. */
  listenTls(options: ListenTlsOptions & { readonly native: boolean }): Promise<TlsListener>;
  /** Throws TransportError, "Cannot `what`", for an identity that can't be used. */
  checkIdentity(identity: TlsIdentity, what: string): Promise<void>;
  /** Serves HTTP. Throws TransportError. */
  serveHttp(options: HttpServerOptions): Promise<HttpServer>;
  /** Opens the archive in a folder. Throws an Error that says what to do. */
  openArchive(config: ArchiveConfig, onNotice: OnNotice, options: OpenArchiveOptions): Promise<OpenArchive>;
  /**
   * Opens a folder for objects that may be lost with the power, and that leaves `reserve` bytes of the disk alone. Throws an
   * Error that says what to do.
   */
  openObjects(folder: string, options: { readonly reserve: number }): Promise<ObjectStore>;
  /** The folder of a worklist, which need not be there yet. */
  openWorklistFolder(path: string): Promise<WorklistFiles>;
  /** The files of a built viewer in a folder. Throws an Error that says what to do. */
  openViewer(folder: string): Promise<ViewerFiles>;
  /** A pool of processes for codecs, which starts none before there is work; undefined where none may be started. */
  codecPool(options?: CodecPoolOptions): Promise<TaskRunner | undefined>;
  /** What makes destinations of folders. */
  folderDestination(): Promise<MakeFolderDestination>;
  /** Reads a file as UTF-8, while everything waits: for small ones, when routes are read. */
  readTextFileSync(path: string): string;
  /** Bytes of memory that the process uses. */
  memoryUsed(): number;
}

/** How an archive is used. */
export interface OpenArchiveOptions {
  /** Whether instances are sent on from it. */
  readonly queue: boolean;
}

/** What it takes to call a peer. */
export interface Connector extends TextFiles {
  /** Connects by plain TCP. Throws TransportError or DeadlineError. */
  connectTcp(options: ConnectOptions): Promise<Connection>;
  /** Connects by TLS. Throws TransportError or DeadlineError. */
  connectTls(options: ConnectTlsOptions): Promise<Connection>;
}

/** What it takes to read certificates and users. */
export interface TextFiles {
  /** Reads a file as UTF-8. */
  readTextFile(path: string): Promise<string>;
}

/** Where instances live. */
export interface ArchiveParts {
  /** What has them. */
  readonly store: ObjectStore;
  /** What knows them. */
  readonly index: InstanceIndex;
  /** What else has to be remembered. Default: in memory. */
  readonly documents?: DocumentStore;
  /** What has still to be sent. Default: in memory. */
  readonly queue?: JobQueue;
}

/** An archive that the host has to close. */
export interface OpenArchive extends ArchiveParts, AsyncDisposable {}

/** Where and what to serve. */
export interface HttpServerOptions extends Endpoint {
  /** By which TLS is spoken; absent for plain HTTP. */
  readonly identity?: TlsIdentity;
  /** Answers a request, whose signal is aborted when the client goes; told the IP address of who is connected. */
  readonly handler: (request: Request, sender: { readonly remoteAddress?: string }) => Response | Promise<Response>;
  /** Hears of what was not served. */
  readonly onError: (error: Error) => void;
  /** Once it is aborted, no request is waited for when the server is closed. */
  readonly enough?: AbortSignal;
}

/** A server. Disposing of it closes the port, and gives requests a moment to end. */
export interface HttpServer extends AsyncDisposable {
  /** Where it listens. */
  readonly addr: Endpoint;
  /** Secures new connections with another identity, which was checked; requests on old ones are answered. */
  replace(identity: TlsIdentity): Promise<void>;
}
