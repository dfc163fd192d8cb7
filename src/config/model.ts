/**
 * What can be configured, and what holds where nothing is.
 *
 * @module
 */

import { freeze } from "./tree.ts";

/** Everything that can be configured. Durations are milliseconds; paths stand as they were written. */
export interface Config {
  /** AE title of this gateway: called by its peers, and calling them. Default `GANTRY`. */
  readonly aeTitle: string;
  /** Who may associate, and how. */
  readonly dicom: DicomConfig;
  /** Certificate and key, as paths of PEM files; with them the DICOM port speaks TLS. Default none. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** The HTTP sidecar. */
  readonly http: HttpConfig;
  /** Where instances are kept. */
  readonly archive: ArchiveConfig;
  /** Who can be called, by name. Default nobody. */
  readonly peers: Readonly<Record<string, Peer>>;
}

/** How associations are accepted and kept. */
export interface DicomConfig {
  /** Address to listen on. Default `0.0.0.0`. */
  readonly host: string;
  /** Default 11112; 0 lets the system choose. */
  readonly port: number;
  /** Associations at the same time; more are rejected as local-limit-exceeded. Default 100. */
  readonly maxAssociations: number;
  /** Longest P-DATA-TF variable field that is received, in bytes (PS3.8 D.1). Default 131072. */
  readonly maximumPduLength: number;
  /** Who may associate: whoever one of these rules fits. Default anybody, as an empty list says. */
  readonly allow: readonly AllowRule[];
  /** Whether an association must call `aeTitle`, else any called AE title will do. Default false. */
  readonly requireCalledAeTitle: boolean;
  /** What becomes of SOP classes that no edition of the standard names, private ones among them. Default `accept`. */
  readonly unknownSopClasses: "accept" | "refuse";
  /** Deadlines. */
  readonly timeouts: TimeoutConfig;
}

/** A rule fits when everything that it names does. */
export interface AllowRule {
  /** Calling AE title. */
  readonly aeTitle?: string;
  /** Called AE title. */
  readonly calledAeTitle?: string;
  /** IP address or network, such as `10.0.0.0/8`. */
  readonly address?: string;
}

/** How long to wait, in milliseconds. */
export interface TimeoutConfig {
  /** Connection to a peer, or TLS handshake with one. Default 10 s. */
  readonly connect: number;
  /** A-ASSOCIATE-RQ of a new connection, or the answer to one of ours. Default 30 s. */
  readonly associate: number;
  /** A DIMSE response. Default 60 s. */
  readonly response: number;
  /** An established association on which the peer owes something and says nothing. Default 60 s. */
  readonly idle: number;
  /** A-RELEASE-RP. Default 10 s. */
  readonly release: number;
  /** Running associations when the gateway is told to end. Default 30 s. */
  readonly drain: number;
}

/** The HTTP sidecar. */
export interface HttpConfig {
  /** Address to listen on; only with a token other than loopback. Default `127.0.0.1`. */
  readonly host: string;
  /** Default 8080; 0 lets the system choose. */
  readonly port: number;
  /** Bearer token that every request but those for health needs. Default none. */
  readonly token?: string;
  /** Whether `POST /echo` may name any host, else configured peers only. Default false. */
  readonly allowAdHocEcho: boolean;
}

/** Where instances are kept. */
export interface ArchiveConfig {
  /** Folder. Default `./data`. */
  readonly path: string;
  /** Whether an instance is on disk, not in a cache, before success is answered. Default true. */
  readonly durable: boolean;
  /** What becomes of a different instance with a SOP Instance UID that is there. Default `replace`. */
  readonly onExisting: "replace" | "keep-first";
}

/** An application entity that can be called. */
export interface Peer {
  /** Its AE title, which is called. */
  readonly aeTitle: string;
  /** Host name or IP address, without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** Our AE title towards this peer, where it isn't the gateway's. */
  readonly callingAeTitle?: string;
  /** TLS; `ca` is the path of a PEM file with authorities to trust besides the system's. Default no TLS. */
  readonly tls?: { readonly ca?: string };
}

/** What holds where a configuration says nothing. */
export const defaultConfig: Config = freeze({
  aeTitle: "GANTRY",
  dicom: {
    host: "0.0.0.0",
    port: 11112,
    maxAssociations: 100,
    maximumPduLength: 131072,
    allow: [],
    requireCalledAeTitle: false,
    unknownSopClasses: "accept",
    timeouts: { connect: 10_000, associate: 30_000, response: 60_000, idle: 60_000, release: 10_000, drain: 30_000 },
  },
  http: { host: "127.0.0.1", port: 8080, allowAdHocEcho: false },
  archive: { path: "./data", durable: true, onExisting: "replace" },
  peers: {},
});
