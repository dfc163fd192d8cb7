// Written by `deno task docs:config` from the keys in `src/config/sections/`: change them there.

/**
 * What a configuration holds.
 *
 * @module
 */

/** Configuration of Gantry. */
export interface Config {
  /** AE title of this gateway, 1 to 16 characters, both as called and as calling AE title. Default `GANTRY`. */
  readonly aeTitle: string;
  /** The DICOM port: its address, access rules, limits and timeouts. */
  readonly dicom: DicomConfig;
  /** With this section the DICOM port speaks TLS. The gateway rereads the PEM files when they change. */
  readonly tls?: TlsConfig;
  /** The HTTP API: health, associations, metrics, C-ECHO on request. */
  readonly http: HttpConfig;
  /** The archive, which stores instances. */
  readonly archive: ArchiveConfig;
  /** DICOMweb, at /dicom-web of the HTTP API and, for peers with web, at /peers/NAME/dicom-web. */
  readonly dicomweb: DicomwebConfig;
  /** Peers that can be called by name: gantry echo PACS. Default none. */
  readonly peers: Readonly<Record<string, PeerConfig>>;
  /**
   * Sources that answer C-FIND, C-MOVE and C-GET, by called AE title, and DICOMweb. default is for DICOMweb and for all
   * AE titles that are neither here nor that of a peer with url; without this key it is [archive]. With [] no source
   * answers. Default none.
   */
  readonly answers: Readonly<Record<string, readonly string[]>>;
  /** Storage commitment: instances that the gateway promises to keep. */
  readonly commitment: CommitmentConfig;
  /** The modality worklist: scheduled procedure steps. */
  readonly worklist: WorklistConfig;
  /** Modality performed procedure steps. */
  readonly mpps: MppsConfig;
  /** Destinations of routes; every peer is a destination too, under its name. Default none. */
  readonly destinations: Readonly<Record<string, DestinationConfig>>;
  /** Routes, which send instances on; without routes instances only stay in the archive. Default none. */
  readonly routes: readonly RouteConfig[];
  /** Settings for all routes together. */
  readonly routing: RoutingConfig;
  /** The queue of instances to send. */
  readonly queue: QueueConfig;
  /**
   * With this section the gateway posts an alert when a destination fails, and when it gives up or holds an instance.
   */
  readonly alerts?: AlertsConfig;
}

/** The DICOM port: its address, access rules, limits and timeouts. */
export interface DicomConfig {
  /** Address to listen on: 127.0.0.1 for this machine alone, "::" for IPv6 as well. Default `0.0.0.0`. */
  readonly host: string;
  /** Port to listen on; 0 lets the system choose. Default `11112`. */
  readonly port: number;
  /** Associations at the same time. The gateway rejects more, with the reason local-limit-exceeded. Default `100`. */
  readonly maxAssociations: number;
  /** Associations with one calling AE title at the same time. Default `50`. */
  readonly maxAssociationsPerAeTitle: number;
  /** Associations from one address (IPv6: one /64) at the same time. Default `50`. */
  readonly maxAssociationsPerAddress: number;
  /**
   * Connections without an association at the same time. TLS handshakes are among them. The gateway closes any more as
   * soon as they open. Default `200`.
   */
  readonly maxUnassociated: number;
  /** Connections without an association from one address at the same time. Default `50`. */
  readonly maxUnassociatedPerAddress: number;
  /**
   * Memory of the process above which the gateway rejects new associations; 0 for no limit. The reason of the rejection
   * is temporary-congestion. In bytes. Default `2GiB`.
   */
  readonly maxMemory: number;
  /**
   * Longest P-DATA-TF variable field to receive. The gateway announces it to every peer (PS3.8 D.1). In bytes. Default
   * `128KiB`.
   */
  readonly maxPduLength: number;
  /**
   * Longest data set to receive. The gateway aborts the association of a peer that sends a longer one. In bytes.
   * Default `32GiB`.
   */
  readonly maxDataSetLength: number;
  /**
   * Load balancers, whose connections must begin with a PROXY protocol header; other connections must not. The gateway
   * reads versions 1 and 2 of the protocol, before TLS. Default none.
   */
  readonly proxies: readonly string[];
  /** Whether peers must call the gateway by its aeTitle. Otherwise any called AE title will do. Default `false`. */
  readonly requireCalledAeTitle: boolean;
  /** Whether to accept private SOP classes and those newer than this version. Default `accept`. */
  readonly unknownSopClasses: "accept" | "refuse";
  /** Access rules: a peer must match one of them; without rules any peer may associate. Default none. */
  readonly allow: readonly AllowRule[];
  /**
   * File of users and hashes of their passcodes; add one with: gantry passwd USER >> users.txt. Without it, the gateway
   * ignores user identities.
   */
  readonly users?: string;
  /** Time limits. */
  readonly timeouts: TimeoutConfig;
}

/** A rule matches when all of its keys do; leave out what does not matter. */
export interface AllowRule {
  /** Calling AE title. */
  readonly aeTitle?: string;
  /** Called AE title. */
  readonly calledAeTitle?: string;
  /** IP address or network. */
  readonly address?: string;
  /** Client certificate; needs tls.clientCa. */
  readonly certificate?: AllowedCertificate;
  /** Users of dicom.users; any for all of them. */
  readonly users?: "any" | readonly string[];
  /**
   * Services that the peer may use; all without this key. find is C-FIND, retrieve C-MOVE and C-GET, commit Storage
   * Commitment, other every service without a name here. Presentation contexts of other services are refused. A peer
   * that matches several rules may use the services of all of them.
   */
  readonly may?: readonly ("echo" | "store" | "find" | "retrieve" | "worklist" | "mpps" | "commit" | "other")[];
}

/** Client certificate; needs tls.clientCa. */
export interface AllowedCertificate {
  /** Common name of its subject. */
  readonly subject?: string;
  /** One of its alternative names. */
  readonly name?: string;
  /** Its SHA-256 fingerprint. */
  readonly fingerprint?: string;
}

/** Time limits. */
export interface TimeoutConfig {
  /** Connecting to a peer, a TLS handshake, or a PROXY protocol header. In milliseconds. Default `10s`. */
  readonly connect: number;
  /**
   * A-ASSOCIATE-RQ on a new connection, the decision on it, or the answer to one of ours. In milliseconds. Default
   * `30s`.
   */
  readonly associate: number;
  /** A peer's response to a DIMSE request. In milliseconds. Default `60s`. */
  readonly response: number;
  /**
   * Silence of a peer on an established association while it owes a message; a requestor owes its next request. In
   * milliseconds. Default `60s`.
   */
  readonly idle: number;
  /**
   * Waiting for an A-RELEASE-RP, and for a peer to close a connection that has ended. In milliseconds. Default `10s`.
   */
  readonly release: number;
  /**
   * Time from SIGTERM to the end of the process; associations have until two seconds before that. In milliseconds.
   * Default `10s`.
   */
  readonly drain: number;
}

/** With this section the DICOM port speaks TLS. The gateway rereads the PEM files when they change. */
export interface TlsConfig {
  /** Certificate chain, the gateway's own certificate first. */
  readonly certificate: string;
  /** Its private key, without a passphrase. */
  readonly key: string;
  /** Certificate authorities of clients; setting it makes the gateway ask clients for a certificate. */
  readonly clientCa?: string;
  /**
   * With clientCa, whether clients must show a certificate; if they do, it must be valid. Without this key they must.
   */
  readonly clientCertificates?: "required" | "optional";
  /** TLS 1.2 and later, or TLS 1.2 with AES-GCM alone. Default `bcp195`. */
  readonly profile: "bcp195" | "bcp195-extended";
  /**
   * Deno's own TLS: faster, but it can't disconnect a client that never completes its handshake. It doesn't go together
   * with `clientCa`, `dicom.proxies` or the profile `bcp195-extended`. Default `false`.
   */
  readonly native: boolean;
}

/** The HTTP API: health, associations, metrics, C-ECHO on request. */
export interface HttpConfig {
  /** Address to listen on; any but a loopback address needs a token. Default `127.0.0.1`. */
  readonly host: string;
  /** Port to listen on; 0 lets the system choose. Default `8080`. */
  readonly port: number;
  /**
   * Bearer token of at least 16 characters, with all scopes. If token, tokens or oidc is set, every request except for
   * health needs a token.
   */
  readonly token?: string;
  /**
   * Bearer tokens by the names of their bearers. The gateway records the name in the log and with the instances that
   * the bearer stores. Default none.
   */
  readonly tokens: Readonly<Record<string, HttpTokenConfig>>;
  /** Access tokens of an identity provider, in the form of JSON Web Tokens (OpenID Connect, RFC 9068). */
  readonly oidc?: OidcConfig;
  /** With this section the sidecar speaks HTTPS. */
  readonly tls?: HttpTlsConfig;
  /**
   * Reverse proxies whose headers Forwarded and X-Forwarded-* the gateway trusts. URLs in answers begin with the
   * address in these headers; otherwise with the header Host. Default none.
   */
  readonly proxies: readonly string[];
  /**
   * Viewer to serve at /ohif/: ohif for the package @ohif/app, or the folder of its dist. The gateway looks for the
   * package in node_modules beside the configuration.
   */
  readonly viewer?: string;
  /** Whether POST /echo may name any host, not just a configured peer. Default `false`. */
  readonly allowAdHocEcho: boolean;
}

/** A bearer token with a name and scopes. */
export interface HttpTokenConfig {
  /** The token, at least 16 characters; or set sha256 instead. */
  readonly token?: string;
  /** SHA-256 digest of the token in hexadecimal digits, instead of token. */
  readonly sha256?: string;
  /**
   * Scopes of the bearer: read, write, delete, admin. None includes another. admin is for associations, metrics, C-ECHO
   * and storage commitment.
   */
  readonly scopes: readonly ("read" | "write" | "delete" | "admin")[];
}

/** Access tokens of an identity provider, in the form of JSON Web Tokens (OpenID Connect, RFC 9068). */
export interface OidcConfig {
  /** Issuer of the tokens: the exact value of the claim iss. */
  readonly issuer: string;
  /** Audience of the tokens: a value of the claim aud. */
  readonly audience: string;
  /**
   * URL of the issuer's public keys, a JSON Web Key Set. If the gateway can't fetch newer keys, it uses old ones for up
   * to an hour.
   */
  readonly jwks: string;
  /**
   * Claim that has the scopes: words with spaces between them, or a list. Dots lead into objects, as in
   * realm_access.roles. Default `scope`.
   */
  readonly scopeClaim: string;
  /** Prefix of the scopes in that claim; none without this key. */
  readonly scopePrefix?: string;
  /** Tolerated difference between clocks. In milliseconds. Default `30s`. */
  readonly clockSkew: number;
}

/** With this section the sidecar speaks HTTPS. */
export interface HttpTlsConfig {
  /** Certificate chain, the sidecar's own certificate first. */
  readonly certificate: string;
  /** Its private key, without a passphrase. */
  readonly key: string;
}

/** The archive, which stores instances. */
export interface ArchiveConfig {
  /** Folder of the archive. Default `./data`. */
  readonly path: string;
  /** Whether to flush each instance to the disk before answering success. Default `true`. */
  readonly durable: boolean;
  /** Free disk space to preserve, below which the gateway refuses instances; 0 for none. In bytes. Default `256MiB`. */
  readonly reserve: number;
  /** What to do when a SOP Instance UID already exists with different content. Default `keep-first`. */
  readonly onExisting: "keep-first" | "replace";
  /** What to do with a data set that violates PS3.5 or has an unknown transfer syntax. Default `keep`. */
  readonly unreadable: "keep" | "refuse";
  /**
   * How long to keep an instance after it has reached every destination of its routes. Instances that wait to be sent
   * always stay. until-delivered and while-disk-lasts keep instances that no route matches. Every value but always
   * requires commitment.enabled: false. Default `always`.
   */
  readonly retain: "always" | "until-delivered" | "for-days" | "while-disk-lasts";
  /**
   * With retain: for-days, how long to keep an instance after its last delivery. For an instance that no route matches,
   * the time counts from its arrival. Default `30`.
   */
  readonly retainDays: number;
  /**
   * With retain: while-disk-lasts, the free disk space below which the gateway deletes the oldest delivered instances.
   * It has to exceed reserve. In bytes. Default `1GiB`.
   */
  readonly keepFree: number;
  /** The index of the archive. */
  readonly index: ArchiveIndexConfig;
}

/** The index of the archive. */
export interface ArchiveIndexConfig {
  /**
   * Attributes to index for matching and return, besides the usual keys of queries. After a change, run `gantry index
   * rebuild` to index the instances that the archive already has. Default none.
   */
  readonly attributes: readonly string[];
}

/** DICOMweb, at /dicom-web of the HTTP API and, for peers with web, at /peers/NAME/dicom-web. */
export interface DicomwebConfig {
  /** Whether DELETE of a study, series or instance removes it from the archive. Default `false`. */
  readonly delete: boolean;
  /** Origins whose web pages may use DICOMweb (CORS); * for all. Default none. */
  readonly origins: readonly string[];
  /**
   * Length above which metadata has a BulkDataURI in place of a value of bytes or words; Pixel Data always has one. In
   * bytes. Default `1KiB`.
   */
  readonly bulkDataAbove: number;
  /**
   * Whether a search without matches gets 204 and no body instead of 200 and an empty list. Some clients expect 204.
   * Default `false`.
   */
  readonly emptyAs204: boolean;
  /**
   * Longest request that stores instances, after decompression. dicom.maxDataSetLength limits each instance. In bytes.
   * Default `64GiB`.
   */
  readonly maxRequestLength: number;
  /** Maximum number of concurrent requests that retrieve; further ones wait for at most 30 s. Default `64`. */
  readonly maxRetrievals: number;
  /** Maximum number of concurrent requests that store; further ones wait for at most 30 s. Default `32`. */
  readonly maxStores: number;
  /** Cache of instances that the gateway retrieved from peers with web. */
  readonly retrieved: RetrievedConfig;
}

/** Cache of instances that the gateway retrieved from peers with web. */
export interface RetrievedConfig {
  /** Folder of the cache, which each start empties; without this key retrieved/ in archive.path. */
  readonly path?: string;
  /** Maximum size of the cache; the least recently used instances go first. In bytes. Default `8GiB`. */
  readonly maxSize: number;
  /** How long to cache an instance; meanwhile it may change at the peer. In milliseconds. Default `1h`. */
  readonly maxAge: number;
}

/** An application entity, or a DICOMweb server, that can be called. */
export interface PeerConfig {
  /**
   * AE title to call; with url, the AE title that stands for the server. Instances that are stored at or moved to this
   * AE title go to url.
   */
  readonly aeTitle?: string;
  /** Host name or IP address, without brackets. */
  readonly host?: string;
  /** TCP port. */
  readonly port?: number;
  /** Calling AE title to use with this peer, if not the gateway's. */
  readonly callingAeTitle?: string;
  /** With this section the gateway calls the peer over TLS; {} trusts the system's certificate authorities. */
  readonly tls?: PeerTlsConfig;
  /** User identity to send (PS3.7 D.3.3.7). */
  readonly user?: string;
  /** Passcode of that user; sent in the clear without TLS. */
  readonly passcode?: string;
  /**
   * Maximum number of concurrent associations with the peer. Without this key a C-MOVE uses 1 to send to the peer, and
   * queries and retrievals use up to 8.
   */
  readonly maxAssociations?: number;
  /**
   * How to retrieve from the peer: by C-GET, or by C-MOVE to the gateway; get without this key. For C-MOVE the peer has
   * to know the gateway's AE title, host and port.
   */
  readonly retrieve?: "get" | "move";
  /**
   * Whether the gateway offers the peer as DICOMweb, at /peers/NAME/dicom-web of the HTTP API; false without this key.
   */
  readonly web?: boolean;
  /** How the peer deviates from the standard in queries; without a key the gateway tolerates what it can interpret. */
  readonly dialect?: DialectConfig;
  /** Base URL of DICOMweb services, instead of host and port. */
  readonly url?: string;
  /** Bearer token for url. */
  readonly token?: string;
  /** Client credentials of OAuth 2.0 for tokens for url (RFC 6749 4.4). */
  readonly oauth2?: Oauth2Config;
  /** Maximum number of instances in one request of a route to url; 32 without this key. */
  readonly maxBatch?: number;
  /**
   * Maximum size of the instances in one such request; 64 MiB without this key. The gateway sends a longer instance in
   * a request of its own. In bytes.
   */
  readonly maxBatchBytes?: number;
  /**
   * State of the job when url refuses an instance with 409 and no reason; dead without this key. Some servers answer
   * this way when they have another instance with that UID. duplicate counts the instance as delivered.
   */
  readonly conflict?: "dead" | "duplicate";
}

/** With this section the gateway calls the peer over TLS; {} trusts the system's certificate authorities. */
export interface PeerTlsConfig {
  /** Certificate authorities to trust besides those of the system. */
  readonly ca?: string;
  /** Certificate chain for a peer that asks for one; needs key. */
  readonly certificate?: string;
  /** Private key of that certificate, without a passphrase. */
  readonly key?: string;
  /** Name expected in the peer's certificate, if it differs from the host. */
  readonly serverName?: string;
  /** false accepts any name in a certificate of a trusted authority. Without this key the gateway checks the name. */
  readonly verifyName?: boolean;
}

/** How the peer deviates from the standard in queries; without a key the gateway tolerates what it can interpret. */
export interface DialectConfig {
  /** Whether to refuse queries that break the hierarchy, unless the association negotiated relational queries. */
  readonly strict?: boolean;
  /** Whether a name matches as a whole, or by the beginning of each component. */
  readonly names?: "literal" | "component-prefix";
  /** Character set of answers to the peer; without this key that of its query. */
  readonly characterSet?: readonly string[];
  /** Whether a range of dates and a range of times are one range of date and time. */
  readonly combinedDateTime?: boolean;
  /** Whether a lone * means any value for every VR, UIDs and dates too. */
  readonly universalAsterisk?: boolean;
  /** Whether to infer the level from the keys if (0008,0052) is missing or unknown. */
  readonly inferLevel?: boolean;
  /** Whether to accept dates such as 2025-01-31, 202501 and 2025. */
  readonly lenientDates?: boolean;
  /** How to query the peer for any value of a unique key. */
  readonly universalUid?: "empty" | "asterisk";
  /** Longest time between responses to a C-MOVE or C-GET of the peer; 2s without this key. In milliseconds. */
  readonly pendingInterval?: number;
}

/** Client credentials of OAuth 2.0 for tokens for url (RFC 6749 4.4). */
export interface Oauth2Config {
  /** Token endpoint of the authorization server. */
  readonly tokenUrl: string;
  /** Name of the client. */
  readonly clientId: string;
  /** Secret of the client. */
  readonly clientSecret: string;
  /** Scope to request. */
  readonly scope?: string;
}

/** Storage commitment: instances that the gateway promises to keep. */
export interface CommitmentConfig {
  /**
   * Whether peers may request storage commitment. Without archive.durable the gateway commits to no instance, because
   * it does not flush them. Default `true`.
   */
  readonly enabled: boolean;
  /**
   * Peers that get the report on the association of their request while it is open; the gateway calls all others. To be
   * called, a peer has to be in peers; the gateway refuses requests from a peer that is in neither list. Default none.
   */
  readonly sameAssociation: readonly string[];
  /** Maximum number of instances in one request or report. Default `50000`. */
  readonly maxReferences: number;
  /** How long to keep a request after the gateway delivered its report or gave up. Default `7`. */
  readonly keepDays: number;
}

/** The modality worklist: scheduled procedure steps. */
export interface WorklistConfig {
  /**
   * Folder of worklist items: DICOM files (.wl, .dcm) and DICOM JSON files (.json). The gateway reads folders in it
   * too. With or without a folder, the gateway also offers items that programs PUT over HTTP.
   */
  readonly path?: string;
  /**
   * Whether to offer completed and discontinued steps. A query for the status of steps always finds them. Default
   * `false`.
   */
  readonly offerEnded: boolean;
  /** Days after its start date to offer a step and keep its item; 0 for ever. Default `30`. */
  readonly keepDays: number;
  /** Days to keep an item after all its steps have ended; 0 for the days of keepDays. Default `7`. */
  readonly keepEndedDays: number;
  /** Maximum number of items that programs PUT over HTTP. Default `100000`. */
  readonly maxItems: number;
}

/** Modality performed procedure steps. */
export interface MppsConfig {
  /** Peers to forward every N-CREATE and N-SET to. Default none. */
  readonly forward: readonly string[];
  /** Days to keep a performed procedure step after its last change; 0 for ever. Default `90`. */
  readonly keepDays: number;
}

/** A destination of routes: a peer, a folder or a webhook. */
export interface DestinationConfig {
  /** Name of the peer in peers to send to. */
  readonly peer?: string;
  /** Folder to write files into; it must exist. */
  readonly folder?: string;
  /**
   * Template for file names; without this key a name has the three UIDs. Fields are PatientID, StudyInstanceUID,
   * SeriesInstanceUID, SOPInstanceUID, SOPClassUID, SourceAETitle and ReceivedDate. The gateway never overwrites a
   * file.
   */
  readonly name?: string;
  /** URL to post an event for each instance to, as a CloudEvent in JSON. */
  readonly webhook?: string;
  /** Key to sign the events with (HMAC-SHA-256); without it they have no signature. */
  readonly secret?: string;
  /** Studies to send at the same time, each over an association of its own; 2 without this key. */
  readonly parallel?: number;
  /** Maximum instances a second; unlimited without this key. */
  readonly rate?: number;
  /** Maximum bytes a second, averaged over several instances; unlimited without this key. In bytes. */
  readonly bandwidth?: number;
  /** Hours in which to send, by the local clock; urgent instances go at any time. */
  readonly hours?: string;
}

/** Which instances go where. Names consist of letters, digits, spaces, dots, dashes and underscores. */
export interface RouteConfig {
  /** Name of the route, for people. */
  readonly name: string;
  /**
   * Conditions that an instance has to meet; without this key the route matches all. The page on rules explains them.
   */
  readonly when?: unknown;
  /**
   * What to send as one unit when it is complete; without this key each instance by itself. routing.units, or evidence
   * from the sender, determines when a series or a study is complete.
   */
  readonly unit?: "instance" | "series" | "study";
  /**
   * Peer to ask how many instances a series or study has, when its sender pauses. The unit is complete when that many
   * have arrived. Without this key the gateway asks no peer.
   */
  readonly countedBy?: string;
  /**
   * Changes to the instances that go this way, in order. The page on changes lists the steps. The gateway reads CSV
   * files when it loads the routes.
   */
  readonly change?: readonly unknown[];
  /** Priority of the instances that go this way. Default `medium`. */
  readonly priority: "high" | "medium" | "low";
  /** When the sender gets a success; without this key once the instance is on disk. */
  readonly acknowledge?: "received" | "durable" | "delivered-any" | "delivered-all" | "committed";
  /** When to send the instances that go this way; at any time without this key. */
  readonly schedule?: ScheduleConfig;
  /** Destinations and peers to send instances to, or the first of several that works. */
  readonly to: unknown;
}

/** When to send the instances that go this way; at any time without this key. */
export interface ScheduleConfig {
  /** Begin and end as times of day, by the local clock. */
  readonly hours?: string;
  /** Days on which the hours begin; all without this key. */
  readonly days?: readonly ("sunday" | "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday")[];
}

/** Settings for all routes together. */
export interface RoutingConfig {
  /** Whether to use all routes that match an instance, or only the first. Default `all`. */
  readonly match: "all" | "first";
  /**
   * What to do with an instance that no route matches, if there are routes; keep stores it in the archive. refuse
   * answers the sender with 0x0124 and does not store the instance. hold stores it, with a held job for an operator to
   * decide on. Default `keep`.
   */
  readonly otherwise: "keep" | "refuse" | "hold";
  /**
   * How long a sender waits for the deliveries that acknowledge of its route names. After that it gets 0xA700, and the
   * gateway keeps the instance and delivers it later. Choose less than the response timeout of the senders. In
   * milliseconds. Default `30s`.
   */
  readonly acknowledgeWithin: number;
  /** Maximum number of instances whose senders wait at the same time. Default `10000`. */
  readonly maxUnacknowledged: number;
  /** When a series or a study is complete, for routes with unit. */
  readonly units: UnitConfig;
}

/** When a series or a study is complete, for routes with unit. */
export interface UnitConfig {
  /**
   * Time without any byte of the unit, and without an open association of its sender. In milliseconds. Default `60s`.
   */
  readonly quiet: number;
  /** Time since the first instance of the unit, even if more instances arrive. In milliseconds. Default `1h`. */
  readonly cap: number;
}

/** The queue of instances to send. */
export interface QueueConfig {
  /**
   * How long to remember deliveries and attempts. If an identical instance arrives again in that time, the gateway does
   * not send it again. Default `30`.
   */
  readonly keepDays: number;
}

/** With this section the gateway posts an alert when a destination fails, and when it gives up or holds an instance. */
export interface AlertsConfig {
  /** URL to post alerts to, as CloudEvents in JSON. */
  readonly webhook: string;
  /** Key to sign the alerts with (HMAC-SHA-256); without it they have no signature. */
  readonly secret?: string;
}
