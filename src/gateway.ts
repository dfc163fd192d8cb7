/**
 * The gateway: everything put together, behind two doors. `accept` is to DICOM what `fetch` is to HTTP.
 *
 * @module
 */

import { createArchive } from "./archive/archive.ts";
import type { ObjectStore, StoreCheck } from "./archive/object_store.ts";
import { type Config, defaultConfig, type PeerConfig } from "./config.ts";
import { VERSION } from "./dicom/implementation.ts";
import type { DimseEvent } from "./dimse/events.ts";
import type { Service } from "./dimse/service.ts";
import { createStatistics } from "./dimse/statistics.ts";
import type { EchoOutcome, EchoTarget } from "./http/echo_outcome.ts";
import type { Health, HealthCheck } from "./http/health.ts";
import { createSidecar } from "./http/sidecar.ts";
import { createScp, type Scp, type Shortage } from "./services/scp.ts";
import { storage } from "./services/storage.ts";
import { verification } from "./services/verification.ts";
import { probe } from "./services/verification_probe.ts";
import { admitByRules } from "./upper_layer/access_rules.ts";
import type { Admit } from "./upper_layer/admission.ts";
import type { Connection } from "./upper_layer/connection.ts";
import type { AssociationInfo, Observer } from "./upper_layer/events.ts";
import { type Identify, usernameIdentity } from "./upper_layer/user_identity.ts";

/** Whom to connect to. */
export type ConnectTarget = Pick<PeerConfig, "host" | "port" | "tls">;

/** How to connect. */
export interface ConnectOptions {
  /** Longest wait in milliseconds for the connection, and once more for its TLS handshake. */
  readonly timeout: number;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** To be called when the connection is there and its TLS handshake begins. */
  readonly onSecuring: () => void;
}

/** Opens a connection to a peer. Throws TransportError or DeadlineError. */
export type Connect = (target: ConnectTarget, options: ConnectOptions) => Promise<Connection>;

/** What a host gives to its gateway. */
export interface GatewayOptions {
  /** Where instances live; it stays the host's to close. */
  readonly store: ObjectStore;
  /** How to reach peers. */
  readonly connect: Connect;
  /** Default: `defaultConfig`. */
  readonly config?: Config;
  /** Services besides Verification and Storage; they come first, where both take a SOP class. */
  readonly services?: readonly Service[];
  /**
   * Checks user identities (PS3.7 D.3.3.7) of any type; see `identifyUsers` for names and passcodes. Without it user
   * identities are ignored, and rules that name users fit nobody.
   */
  readonly identify?: Identify;
  /** Asked after the configuration's own rules have accepted a request. */
  readonly admit?: Admit;
  /** Who watches associations and operations, of the C-ECHOs that the sidecar sends as well. */
  readonly observers?: readonly Observer<DimseEvent>[];
  /**
   * Says what the host is short of, such as memory, while it is: new associations are rejected as temporary-congestion and
   * readiness fails. Default: nothing. What the store is short of counts as well.
   */
  readonly shortage?: () => string | undefined;
  /** Told what the sidecar could not do for an unexpected reason. */
  readonly onError?: (error: unknown) => void;
}

/** A gateway. Disposing of it aborts what is running; a peer that doesn't close the connection within a second is cut off. */
export interface Gateway extends AsyncDisposable {
  /** Serves one DICOM connection to its end. Never rejects. */
  accept(connection: Connection): Promise<void>;
  /** As `Scp.enter`: counts a connection that can't be accepted yet. Meant for `enter` of a listener. */
  readonly enter: (address: string | undefined) => () => void;
  /**
   * Counts a connection that was closed before it was accepted, by the reason that `error` is. Meant for `onError` of a
   * listener, which hears as well of what `enter` throws.
   */
  readonly refused: (error: unknown) => void;
  /** Answers one HTTP request. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Established associations. */
  readonly associations: readonly AssociationInfo[];
  /** Takes no new associations and lets running ones finish, until `signal` is aborted; see `Scp.drain`. */
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
 * for await (const connection of listenTcp({ port: 11112 })) gateway.accept(connection);
 * ```
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { config = defaultConfig } = options;
  const statistics = createStatistics();
  const observers = [statistics.observe, ...options.observers ?? []];
  const scp = createGatewayScp(options, config, observers);
  const sidecar = createSidecar({
    version: VERSION,
    startedAt: Date.now(),
    health: createHealth(options, scp),
    associations: { snapshot: statistics.report, abort: (id) => scp.abort(id) },
    peers: config.peers,
    allowAdHocEcho: config.http.allowAdHocEcho,
    adHocTimeout: config.dicom.timeouts.connect,
    // Where a C-ECHO to just any target got is for the host alone: `/associations` would tell what `/echo` doesn't.
    echo: (target, { signal }) => {
      const watching = target.peer === undefined ? options.observers ?? [] : observers;
      return echo(target, signal, options.connect, config, watching);
    },
    ...(config.http.token === undefined ? { allowedHosts: LOOPBACK } : { token: config.http.token }),
    ...(options.onError !== undefined && { onError: options.onError }),
  });
  return {
    accept: (connection) => scp.accept(connection),
    enter: scp.enter,
    refused: statistics.refused,
    fetch: async (request) => await sidecar.fetch(request),
    get associations() {
      return scp.associations;
    },
    drain: (signal) => scp.drain(signal),
    [Symbol.asyncDispose]: () => scp[Symbol.asyncDispose](),
  };
}

/** Without a token only this machine may ask, under its own names: a web page elsewhere must not (DNS rebinding). */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

function createGatewayScp(options: GatewayOptions, config: Config, observers: readonly Observer<DimseEvent>[]): Scp {
  const { dicom, archive: { onExisting } } = config;
  const limits = { maximumInstanceLength: dicom.maxDataSetLength };
  const archive = createArchive({ store: options.store, onExisting, limits });
  return createScp({
    services: [
      ...options.services ?? [],
      verification(),
      storage(async (instance) => {
        const { sopClassUid, sopInstanceUid, transferSyntax, dataSet, association } = instance;
        const sourceAeTitle = association.callingAeTitle;
        await archive.keep({ sopClassUid, sopInstanceUid, transferSyntax, dataSet, sourceAeTitle });
      }, { sopClasses: dicom.unknownSopClasses === "accept" ? "any" : "standard" }),
    ],
    admit: createAdmit(options, config),
    shortage: () => shortageOf("maxMemory", options.shortage?.()) ?? shortageOf("reserve", options.store.shortage?.()),
    maximumAssociations: dicom.maxAssociations,
    maximumAssociationsPerAeTitle: dicom.maxAssociationsPerAeTitle,
    maximumAssociationsPerAddress: dicom.maxAssociationsPerAddress,
    maximumUnassociated: dicom.maxUnassociated,
    maximumUnassociatedPerAddress: dicom.maxUnassociatedPerAddress,
    maximumPduLength: dicom.maxPduLength,
    maximumDataSetLength: dicom.maxDataSetLength,
    timeouts: dicom.timeouts,
    observers,
  });
}

function shortageOf(limit: string, detail: string | undefined): Shortage | undefined {
  return detail === undefined ? undefined : { limit, detail };
}

function createAdmit({ admit, identify }: GatewayOptions, { aeTitle, dicom }: Config): Admit {
  const byRules = admitByRules(dicom.allow, {
    ...(dicom.requireCalledAeTitle && { calledAeTitle: aeTitle }),
    ...(identify !== undefined && { identify }),
  });
  return async (request, connection) => {
    const admission = await byRules(request, connection);
    if (admission.type === "reject" || admit === undefined) return admission;
    const further = await admit(request, connection);
    return further.type === "reject" ? further : { ...admission, ...further };
  };
}

/** Tells what is wrong with the archive once, when it begins, and only to the operator: anybody can read health. */
function createHealth(
  { store, shortage, onError = () => {} }: GatewayOptions,
  scp: Scp,
): () => Promise<Health> {
  let told: string | undefined;
  return async () => {
    const check = await store.check();
    if (check.problem !== undefined && check.problem !== told) {
      onError(new Error(`Cannot write to the archive: ${check.problem}`));
    }
    told = check.problem;
    return toHealth(check, shortage?.(), scp.draining);
  };
}

function toHealth({ writable, freeBytes }: StoreCheck, shortage: string | undefined, draining: boolean): Health {
  const archive: HealthCheck = {
    componentType: "datastore",
    observedValue: writable,
    status: writable ? "pass" : "fail",
    ...(!writable && { output: "The archive cannot be written to; the log says why" }),
  };
  const room: HealthCheck | undefined = freeBytes === undefined
    ? undefined
    : { componentType: "datastore", observedValue: freeBytes, observedUnit: "bytes", status: "pass" };
  const resources: HealthCheck = {
    componentType: "system",
    status: shortage === undefined ? "pass" : "fail",
    ...(shortage !== undefined && { output: "New associations are rejected until there is more of something" }),
  };
  return {
    draining,
    checks: {
      "archive:writable": [archive],
      ...(room !== undefined && { "archive:free": [room] }),
      "gateway:resources": [resources],
    },
  };
}

async function echo(
  { peer: name, calledAeTitle, host, port }: EchoTarget,
  signal: AbortSignal,
  connect: Connect,
  { aeTitle, peers, dicom: { timeouts } }: Config,
  observers: readonly Observer<DimseEvent>[],
): Promise<EchoOutcome> {
  const peer = name === undefined ? undefined : peers[name];
  const target = { host, port, ...(peer?.tls !== undefined && { tls: peer.tls }) };
  const outcomes = probe({
    connect: (onSecuring) => connect(target, { timeout: timeouts.connect, signal, onSecuring }),
    calledAeTitle,
    callingAeTitle: peer?.callingAeTitle ?? aeTitle,
    ...(peer?.user !== undefined && { userIdentity: usernameIdentity(peer.user, peer.passcode) }),
    timeouts,
    observers,
    signal,
  });
  for await (const outcome of outcomes) return outcome;
  throw new Error("Cannot echo: the probe had no outcome");
}
