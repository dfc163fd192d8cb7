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
  /** With it the DICOM port speaks TLS. Default none. */
  readonly tls?: TlsConfig;
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
  /** Associations with one calling AE title at the same time. Default 50. */
  readonly maxAssociationsPerAeTitle: number;
  /** Associations from one address at the same time; of an IPv6 address the first 64 bits count. Default 50. */
  readonly maxAssociationsPerAddress: number;
  /** Connections without an association at the same time, TLS handshakes among them; more are closed. Default 200. */
  readonly maxUnassociated: number;
  /** As `maxUnassociated`, from one address. Default 50. */
  readonly maxUnassociatedPerAddress: number;
  /** Bytes of memory from which on new associations are rejected as temporary-congestion; 0 means any. Default 2 GiB. */
  readonly maxMemory: number;
  /**
   * Addresses and networks of load balancers, such as `10.0.0.5`. Their connections must begin with a header of the PROXY
   * protocol (version 1 or 2, before TLS), which says who calls; nobody else's may. Default none.
   */
  readonly proxies: readonly string[];
  /** Longest P-DATA-TF variable field that is received, in bytes (PS3.8 D.1). Default 131072. */
  readonly maximumPduLength: number;
  /** Longest data set that is received, in bytes; a peer that sends a longer one is aborted. Default 32 GiB. */
  readonly maximumDataSetLength: number;
  /** Who may associate: whoever one of these rules fits. Default anybody, as an empty list says. */
  readonly allow: readonly AllowRule[];
  /** File of users and the hashes of their passcodes; see `identifyUsers`. Default none: user identities are ignored. */
  readonly users?: string;
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
  /** Of the client certificate: common name of its subject, one of its alternative names, SHA-256 fingerprint. */
  readonly certificate?: { readonly subject?: string; readonly name?: string; readonly fingerprint?: string };
  /** Users of `dicom.users` who may, by name, or `any` of them. */
  readonly users?: "any" | readonly string[];
}

/** How the DICOM port speaks TLS. Paths are of PEM files; they are read again when they change. */
export interface TlsConfig {
  /** Certificate chain, the gateway's own certificate first. */
  readonly certificate: string;
  /** Its private key, without a passphrase. */
  readonly key: string;
  /** Authorities whose client certificates are trusted; with it clients are asked for one. Default none. */
  readonly clientCa?: string;
  /** With `clientCa`, whether clients need a certificate; one that is shown must be valid anyway. Default `required`. */
  readonly clientCertificates?: "required" | "optional";
  /** What is negotiated: TLS 1.2 and later, or TLS 1.2 with AES-GCM alone. Default `bcp195`. */
  readonly profile: "bcp195" | "bcp195-extended";
  /**
   * Whether Deno's own TLS is used: quicker and smaller, but it can't hang up on a client that never ends its handshake. Not
   * with `clientCa`, `dicom.proxies` or the profile `bcp195-extended`. Default false.
   */
  readonly native: boolean;
}

/** How long to wait, in milliseconds. */
export interface TimeoutConfig {
  /** Connection to a peer, TLS handshake with one, or PROXY protocol header of a load balancer. Default 10 s. */
  readonly connect: number;
  /** A-ASSOCIATE-RQ of a new connection, or the answer to one of ours. Default 30 s. */
  readonly associate: number;
  /** A DIMSE response. Default 60 s. */
  readonly response: number;
  /**
   * An established association on which the peer owes something and says nothing; a requestor owes its next request.
   * Default 60 s.
   */
  readonly idle: number;
  /** A-RELEASE-RP, and the end of a connection on which all is said. Default 10 s. */
  readonly release: number;
  /** From being told to end to the end of the process; running associations have all of it but the last second. Default 10 s. */
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
  /** Paths of PEM files; with them the sidecar speaks HTTPS. Default none. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Whether `POST /echo` may name any host, else configured peers only. Default false. */
  readonly allowAdHocEcho: boolean;
}

/** Where instances are kept. */
export interface ArchiveConfig {
  /** Folder. Default `./data`. */
  readonly path: string;
  /** Whether an instance is on disk, not in a cache, before success is answered. Default true. */
  readonly durable: boolean;
  /** Bytes of the disk that are left alone: with less room nothing is taken. 0 means none. Default 256 MiB. */
  readonly reserve: number;
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
  /** Default no TLS. */
  readonly tls?: PeerTlsConfig;
  /** User identity to tell (PS3.7 D.3.3.7). Default none. */
  readonly user?: string;
  /** That user's passcode; readable on its way without TLS. Default none. */
  readonly passcode?: string;
}

/** How TLS is spoken with a peer. Paths are of PEM files. */
export interface PeerTlsConfig {
  /** Authorities that are trusted besides the system's. Default none. */
  readonly ca?: string;
  /** Certificate chain to show to a peer that asks for one; comes with its `key`. Default none. */
  readonly certificate?: string;
  /** Private key of that certificate, without a passphrase. */
  readonly key?: string;
  /** The name that the peer's certificate carries, where it isn't the peer's host. */
  readonly serverName?: string;
  /** Default true. With false any name will do, as long as a trusted authority signed the certificate. */
  readonly verifyName?: boolean;
}

/** What holds where a configuration says nothing. */
export const defaultConfig: Config = freeze({
  aeTitle: "GANTRY",
  dicom: {
    host: "0.0.0.0",
    port: 11112,
    maxAssociations: 100,
    maxAssociationsPerAeTitle: 50,
    maxAssociationsPerAddress: 50,
    maxUnassociated: 200,
    maxUnassociatedPerAddress: 50,
    maxMemory: 2_147_483_648,
    proxies: [],
    maximumPduLength: 131072,
    maximumDataSetLength: 34_359_738_368,
    allow: [],
    requireCalledAeTitle: false,
    unknownSopClasses: "accept",
    timeouts: { connect: 10_000, associate: 30_000, response: 60_000, idle: 60_000, release: 10_000, drain: 10_000 },
  },
  http: { host: "127.0.0.1", port: 8080, allowAdHocEcho: false },
  archive: { path: "./data", durable: true, reserve: 268_435_456, onExisting: "replace" },
  peers: {},
});
