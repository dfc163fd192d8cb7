/**
 * What a gateway needs of a runtime: all differences between hosts are here.
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
  /** Throws TransportError, "Cannot `what`", for an unusable identity. */
  checkIdentity(identity: TlsIdentity, what: string): Promise<void>;
  /** Serves HTTP. Throws TransportError. */
  serveHttp(options: HttpServerOptions): Promise<HttpServer>;
  /** Opens the archive in a folder. Throws an Error that says what to do. */
  openArchive(config: ArchiveConfig, onNotice: OnNotice, options: OpenArchiveOptions): Promise<OpenArchive>;
  /**
   * Opens a folder for objects that may be lost in a power failure; it leaves `reserve` bytes of the disk free. Throws an Error
   * that says what to do.
   */
  openObjects(folder: string, options: { readonly reserve: number }): Promise<ObjectStore>;
  /** The folder of a worklist, which need not exist yet. */
  openWorklistFolder(path: string): Promise<WorklistFiles>;
  /** The files of a built viewer in a folder. Throws an Error that says what to do. */
  openViewer(folder: string): Promise<ViewerFiles>;
  /** A pool of processes for codecs, which starts none before they have work; undefined where the gateway may start none. */
  codecPool(options?: CodecPoolOptions): Promise<TaskRunner | undefined>;
  /** Makes destinations of folders. */
  folderDestination(): Promise<MakeFolderDestination>;
  /** Reads a file as UTF-8 and blocks meanwhile: for small files, when routes are read. */
  readTextFileSync(path: string): string;
  /** Bytes of memory that the process uses. */
  memoryUsed(): number;
}

/** How the gateway uses an archive. */
export interface OpenArchiveOptions {
  /** Whether routes send instances on from it. */
  readonly queue: boolean;
}

/** What connecting to a peer needs. */
export interface Connector extends TextFiles {
  /** Connects by plain TCP. Throws TransportError or DeadlineError. */
  connectTcp(options: ConnectOptions): Promise<Connection>;
  /** Connects by TLS. Throws TransportError or DeadlineError. */
  connectTls(options: ConnectTlsOptions): Promise<Connection>;
}

/** What reading certificates and users needs. */
export interface TextFiles {
  /** Reads a file as UTF-8. */
  readTextFile(path: string): Promise<string>;
}

/** Keeps instances, and what belongs to them. */
export interface ArchiveParts {
  /** Keeps the bytes. */
  readonly store: ObjectStore;
  /** Knows the instances. */
  readonly index: InstanceIndex;
  /** Keeps what else the gateway has to remember. Default: in memory. */
  readonly documents?: DocumentStore;
  /** Keeps the jobs that are still to be sent. Default: in memory. */
  readonly queue?: JobQueue;
}

/** An archive that the host has to close. */
export interface OpenArchive extends ArchiveParts, AsyncDisposable {}

/** Where the server listens, and what it serves. */
export interface HttpServerOptions extends Endpoint {
  /** The identity for TLS; absent for plain HTTP. */
  readonly identity?: TlsIdentity;
  /** Answers a request, whose signal aborts when the client leaves. `remoteAddress` is the IP address of the connected host. */
  readonly handler: (request: Request, sender: { readonly remoteAddress?: string }) => Response | Promise<Response>;
  /** Called with errors of requests that could not be served. */
  readonly onError: (error: Error) => void;
  /** Once it is aborted, a closing server does not wait for requests. */
  readonly enough?: AbortSignal;
}

/** A server. Disposing of it closes the port, and gives requests a moment to end. */
export interface HttpServer extends AsyncDisposable {
  /** The address where it listens. */
  readonly addr: Endpoint;
  /** Secures new connections with another identity, which was checked; requests on earlier ones are still answered. */
  replace(identity: TlsIdentity): Promise<void>;
}
