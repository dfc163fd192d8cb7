/**
 * The gateway: everything put together, behind two doors. `accept` is to DICOM what `fetch` is to HTTP.
 *
 * @module
 */

import { createArchiveSource } from "../archive/archive_source.ts";
import type { TasksFor } from "../archive/transaction.ts";
import type { Config } from "../config.ts";
import { needsToken } from "../config/needs_token.ts";
import { defaultConfig } from "../config/generated/default_config.ts";
import { VERSION } from "../dicom/implementation.ts";
import type { DocumentStore } from "../documents/document_store.ts";
import { createMemoryDocuments } from "../documents/memory_documents.ts";
import type { DimseEvent } from "../dimse/events.ts";
import type { Service } from "../dimse/service.ts";
import { createHttpApp } from "../http/app.ts";
import type { HttpPart, HttpSender } from "../http/part.ts";
import type { InstanceIndex } from "../index/instance_index.ts";
import { createMemoryIndex } from "../index/memory_index.ts";
import type { ObjectStore } from "../objects/object_store.ts";
import type { FrameCodecs } from "../pixel_data/frame_codecs.ts";
import type { InstanceSource } from "../query/instance_source.ts";
import type { JobQueue } from "../queue/job_queue.ts";
import { createMemoryQueue } from "../queue/memory_queue.ts";
import type { Destination } from "../routing/destination.ts";
import { createScp, type Scp, type Shortage } from "../services/scp.ts";
import type { Transcoding } from "../services/transcoding.ts";
import { createStatistics } from "../telemetry/statistics.ts";
import type { WorklistFiles } from "../worklist/worklist_folder.ts";
import type { Admit } from "../upper_layer/admission.ts";
import type { Connection } from "../upper_layer/connection.ts";
import { type AssociationInfo, notify, type Observer } from "../upper_layer/events.ts";
import type { Identify } from "../access/user_identity.ts";
import type { Connect } from "./connect.ts";
import type { MakeFolderDestination } from "./destinations.ts";
import { admitBy } from "./admission.ts";
import { inItsRole } from "./limited_services.ts";
import type { GatewayContext, GatewayEvent, GatewayModule, MakeModule } from "./module.ts";
import { LiveRoutes } from "./live_routes.ts";
import { archiveRouting, routingModule } from "./modules/routing.ts";
import { associationsModule, healthModule, metricsModule, resourcesModule } from "./modules/operations.ts";
import { Answering } from "./answering.ts";
import { httpAccess } from "./http_access.ts";
import { createGatewayArchive, type GatewayArchive } from "./gateway_archive.ts";
import { eventsModule } from "./modules/events.ts";
import { dicomwebModule } from "./modules/dicomweb.ts";
import { queryRetrieveModule } from "./modules/query_retrieve.ts";
import { storageModule } from "./modules/storage.ts";
import { echoModule, verificationModule } from "./modules/verification.ts";
import { type WorkflowModules, workflowModules } from "./workflow_modules.ts";

/** What a host gives to its gateway. */
export interface GatewayOptions {
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
   * Checks user identities (PS3.7 D.3.3.7) of any type; see `identifyUsers` for names and passcodes. Without it user
   * identities are ignored, and rules that name users match nobody.
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

/**
 * A gateway. Disposing of it aborts what is running; a peer that doesn't close the connection within a second is cut off.
 * Then modules are stopped, the last first, each even where another can't be; the first error is thrown in the end.
 */
export interface Gateway extends AsyncDisposable {
  /** Serves one DICOM connection to its end. Never rejects. */
  accept(connection: Connection): Promise<void>;
  /** As `Scp.enter`: counts a connection that can't be accepted yet. A listener calls it whose `gatekeeper` is the gateway. */
  readonly enter: (address: string | undefined) => () => void;
  /** Counts a connection that was closed before it was accepted, by the reason that `error` is; a listener calls it as well. */
  readonly refused: (error: unknown) => void;
  /** Starts what modules do by themselves. Needed only if a module has a `start`; throws what that throws. */
  start(): Promise<void>;
  /** Answers one HTTP request; `sender` says who is connected. Never rejects. */
  fetch(request: Request, sender?: HttpSender): Promise<Response>;
  /** Established associations. */
  readonly associations: readonly AssociationInfo[];
  /**
   * Takes `routes` and `routing` of another configuration, for instances that begin to come from now on; the rest of it is not
   * looked at. Throws `ConfigError` where that takes a new start, and then changes nothing: destinations must have been there
   * at the start.
   */
  replaceRoutes(config: Config): void;
  /** Accepts no new associations and lets active ones finish, until `signal` is aborted; see `Scp.drain`. */
  drain(signal?: AbortSignal): Promise<void>;
}

/**
 * Creates a gateway.
 *
 * @example
 * ```ts
 * import { createGateway, createMemoryStore } from "@gantry/dicom";
 * import { connectTcp, listenTcp } from "@gantry/dicom/deno";
 *
 * await using gateway = createGateway({
 *   store: createMemoryStore(),
 *   connect: ({ host, port }, options) => connectTcp({ hostname: host, port, ...options }),
 * });
 * Deno.serve({ port: 8080 }, (request) => gateway.fetch(request));
 * for await (const connection of await listenTcp({ port: 11112, gatekeeper: gateway })) gateway.accept(connection);
 * ```
 */
export function createGateway(options: GatewayOptions): Gateway {
  return new ComposedGateway(options);
}

/**
 * Without a token only this machine may ask, under its own names: a web page elsewhere must not (DNS rebinding). It may
 * listen on another loopback address than the usual one.
 */
function loopbackNames({ http: { host } }: Config): readonly string[] {
  return ["localhost", "127.0.0.1", "[::1]", ...(/^127(\.\d+){3}$/.test(host) ? [host] : [])];
}

/** Modules, with an SCP in front of their services and an HTTP app in front of their routes. */
class ComposedGateway implements Gateway {
  readonly #modules: readonly GatewayModule[];
  readonly #routes: LiveRoutes;
  readonly #scp: Scp;
  readonly #http: { fetch(request: Request, sender: HttpSender): Response | Promise<Response> };
  readonly enter: Gateway["enter"];
  readonly refused: Gateway["refused"];

  constructor(options: GatewayOptions) {
    const { config = defaultConfig, connect, documents = createMemoryDocuments(), onError = () => {} } = options;
    const statistics = createStatistics();
    const watching: Observer<GatewayEvent>[] = [...options.observers ?? []];
    const observers: Observer<DimseEvent>[] = [statistics.observe, ...watching];
    const scp = () => this.#scp;
    const modules: GatewayModule[] = [];
    const context: GatewayContext = {
      config,
      version: VERSION,
      startedAt: Date.now(),
      connect,
      documents,
      modules,
      statistics,
      observers,
      notify: (event) => notify<GatewayEvent>(watching, event),
      onError,
      get scp() {
        return scp();
      },
    };
    this.#routes = new LiveRoutes(config, Object.keys(options.destinations ?? {}));
    for (const make of modulesOf(options, this.#routes)) modules.push(make(context));
    const ofModules = modules.flatMap((module) => module.observers ?? []);
    watching.push(...ofModules);
    observers.push(...ofModules);
    this.#modules = modules;
    this.#scp = createGatewayScp(options, config, modules, observers);
    const access = httpAccess(config.http, onError);
    this.#http = createHttpApp({
      version: VERSION,
      parts: modules,
      ...(config.http.token !== undefined && { token: config.http.token }),
      ...(access !== undefined && { access }),
      ...(!needsToken(config.http) && { allowedHosts: loopbackNames(config) }),
      onRequest: (event) => notify<GatewayEvent>(watching, event),
      onError,
    });
    this.enter = this.#scp.enter;
    this.refused = statistics.refused;
  }

  get associations(): readonly AssociationInfo[] {
    return this.#scp.associations;
  }

  accept(connection: Connection): Promise<void> {
    return this.#scp.accept(connection);
  }

  async fetch(request: Request, sender: HttpSender = {}): Promise<Response> {
    return await this.#http.fetch(request, sender);
  }

  async start(): Promise<void> {
    for (const module of this.#modules) await module.start?.();
  }

  replaceRoutes(config: Config): void {
    this.#routes.replace(config);
  }

  async drain(signal?: AbortSignal): Promise<void> {
    await this.#scp.drain(signal);
    for (const module of this.#modules) module.drained?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scp[Symbol.asyncDispose]();
    const errors: unknown[] = [];
    for (const module of this.#modules.toReversed()) {
      try {
        await module.stop?.();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** The host's modules, and those that every gateway has. */
function modulesOf(options: GatewayOptions, routes: LiveRoutes): MakeModule[] {
  const { modules = [], services, store, index = createMemoryIndex(), tasksFor, shortage, observers = [] } = options;
  const { transcoding, codecs, destinations = {}, folderDestination: folder } = options;
  const queue = options.queue ?? createMemoryQueue();
  const own = createArchiveSource({ store, index });
  const source = options.source ?? own;
  let made: Answering | undefined;
  const answering = (context: GatewayContext) => made ??= new Answering(context, source);
  let kept: GatewayArchive | undefined;
  const archive = (context: GatewayContext) =>
    kept ??= createGatewayArchive(context, { store, index, tasksFor, routing: archiveRouting(routes, queue) });
  let workflow: WorkflowModules | undefined;
  const workflowOf = (context: GatewayContext) =>
    workflow ??= workflowModules(context, { store, index, worklistFiles: options.worklistFiles });
  return [
    ...modules,
    ...(services === undefined ? [] : [() => ({ name: "services", services })]),
    verificationModule,
    (context) => storageModule(context, archive(context), answering(context)),
    // After storage, whose presentation contexts serve C-GET as well.
    (context) => queryRetrieveModule(context, answering(context), { transcoding }),
    (context) => {
      const { workflow } = workflowOf(context);
      return dicomwebModule(context, answering(context), { own, codecs, workflow, ...archive(context) });
    },
    (context) => workflowOf(context).commitment,
    (context) => workflowOf(context).worklist,
    (context) => workflowOf(context).procedureSteps,
    (context) => routingModule(context, { ...archive(context), queue, destinations, folder, transcoding }),
    () => resourcesModule(shortage),
    healthModule,
    associationsModule,
    (context) => echoModule(context, observers),
    metricsModule,
    eventsModule,
    ...(options.viewer === undefined ? [] : [() => ({ ...options.viewer, name: "viewer" })]),
  ];
}

function createGatewayScp(
  options: GatewayOptions,
  config: Config,
  modules: readonly GatewayModule[],
  observers: readonly Observer<DimseEvent>[],
): Scp {
  const { dicom } = config;
  const services = modules.flatMap(({ services = [] }) => services);
  const isLimited = dicom.allow.some(({ may }) => may !== undefined);
  return createScp({
    services: isLimited ? services.map(inItsRole) : services,
    admit: admitBy(options, config, services),
    shortage: () => firstShortage(modules),
    maxAssociations: dicom.maxAssociations,
    maxAssociationsPerAeTitle: dicom.maxAssociationsPerAeTitle,
    maxAssociationsPerAddress: dicom.maxAssociationsPerAddress,
    maxUnassociated: dicom.maxUnassociated,
    maxUnassociatedPerAddress: dicom.maxUnassociatedPerAddress,
    maxPduLength: dicom.maxPduLength,
    maxDataSetLength: dicom.maxDataSetLength,
    timeouts: dicom.timeouts,
    observers,
  });
}

function firstShortage(modules: readonly GatewayModule[]): Shortage | undefined {
  for (const module of modules) {
    const shortage = module.shortage?.();
    if (shortage !== undefined) return shortage;
  }
  return undefined;
}
