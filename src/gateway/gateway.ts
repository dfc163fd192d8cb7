/**
 * The gateway: everything put together, behind two doors. `accept` is to DICOM what `fetch` is to HTTP.
 *
 * @module
 */

import type { Config } from "../config.ts";
import { defaultConfig } from "../config/generated/default_config.ts";
import { VERSION } from "../dicom/implementation.ts";
import { createMemoryDocuments } from "../documents/memory_documents.ts";
import type { DimseEvent } from "../dimse/events.ts";
import type { HttpSender } from "../http/part.ts";
import { checkToken } from "../http/token.ts";
import { Late } from "../late.ts";
import { createScp, type Scp, type Shortage } from "../services/scp.ts";
import { createStatistics } from "../telemetry/statistics.ts";
import type { Connection } from "../upper_layer/connection.ts";
import { type AssociationInfo, notify, type Observer } from "../upper_layer/events.ts";
import { admitBy } from "./admission.ts";
import type { GatewayOptions } from "./gateway_options.ts";
import type { HttpDoor } from "./http_door.ts";
import { inItsRole } from "./limited_services.ts";
import { LiveRoutes } from "./live_routes.ts";
import type { GatewayContext, GatewayEvent, GatewayModule } from "./module.ts";
import { ownModules } from "./own_modules.ts";

export type { GatewayOptions } from "./gateway_options.ts";

/**
 * A gateway. Disposing of it aborts what is running; a peer that doesn't close the connection within a second is cut off.
 * Then modules are stopped, the last first, each even where another can't be; the first error is thrown in the end.
 */
export interface Gateway extends AsyncDisposable {
  /** Serves one DICOM connection to its end. Never rejects. */
  accept(connection: Connection): Promise<void>;
  /** As `Scp.enter`: counts a connection that waits to be accepted. A listener calls it if its `gatekeeper` is this gateway. */
  readonly enter: (address: string | undefined) => () => void;
  /** Counts a connection that closed before it was accepted; `error` is the reason. The same listener calls it. */
  readonly refused: (error: unknown) => void;
  /**
   * Compiles the routes, and starts what modules do by themselves. Rejects with `ConfigError` for wrong steps of routes, and
   * with what a module throws. Without it, routes send on no instance, and the first instance compiles them: wrong routes
   * refuse it.
   */
  start(): Promise<void>;
  /** Answers one HTTP request; `sender` describes the connected client. Never rejects. */
  fetch(request: Request, sender?: HttpSender): Promise<Response>;
  /** Established associations. */
  readonly associations: readonly AssociationInfo[];
  /**
   * Takes `routes` and `routing` of another configuration, for instances whose transfer begins from now on; it ignores the
   * rest. Rejects with `ConfigError` where they are wrong or need a restart, and then changes nothing: destinations must have
   * existed at the start. Of several simultaneous calls the last one holds.
   */
  replaceRoutes(config: Config): Promise<void>;
  /** Accepts no new associations, and lets active ones finish until `signal` is aborted; see `Scp.drain`. */
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

/** The answer when the code that answers HTTP cannot be loaded. */
function notLoaded(): Response {
  const body = { type: "about:blank", title: "Internal Server Error", status: 500 };
  const detail = "The gateway cannot load what answers HTTP; its log says why";
  const headers = { "Content-Type": "application/problem+json", "Cache-Control": "no-store" };
  return new Response(JSON.stringify({ ...body, detail }), { status: 500, headers });
}

/** Modules, with an SCP in front of their services and an HTTP app in front of their routes. */
class ComposedGateway implements Gateway {
  readonly #modules: readonly GatewayModule[];
  readonly #routes: LiveRoutes;
  readonly #scp: Scp;
  readonly #http: Late<HttpDoor>;
  readonly #onError: (error: unknown) => void;
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
    checkToken(config.http.token);
    this.#onError = onError;
    this.#routes = new LiveRoutes(config, Object.keys(options.destinations ?? {}), options);
    for (const make of options.modules ?? []) modules.push(make(context));
    if (options.services !== undefined) modules.push({ name: "services", services: options.services });
    modules.push(...ownModules(context, options, this.#routes));
    const ofModules = modules.flatMap((module) => module.observers ?? []);
    watching.push(...ofModules);
    observers.push(...ofModules);
    this.#modules = modules;
    this.#scp = createGatewayScp(options, config, modules, observers);
    this.#http = new Late(async () => {
      const { openHttpDoor } = await import("./http_door.ts");
      return await openHttpDoor(context, (event) => notify<GatewayEvent>(watching, event));
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
    let http: HttpDoor;
    try {
      http = await this.#http.get();
    } catch (error) {
      this.#onError(error);
      return notLoaded();
    }
    return await http.fetch(request, sender);
  }

  async start(): Promise<void> {
    await this.#routes.ready();
    // All modules that load late load together, before any peer or client waits for them.
    await this.#http.get();
    for (const module of this.#modules) await module.start?.();
  }

  replaceRoutes(config: Config): Promise<void> {
    return this.#routes.replace(config);
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
