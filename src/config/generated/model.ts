// Written by `deno task docs:config` from the keys in `src/config/sections/`: change them there.

/**
 * What a configuration holds.
 *
 * @module
 */

/** Configuration of Gantry. */
export interface Config {
  /** AE title of this gateway, 1 to 16 characters; used as called and as calling AE title. Default `GANTRY`. */
  readonly aeTitle: string;
  /** The DICOM port: its address, access rules, limits and timeouts. */
  readonly dicom: DicomConfig;
  /** With this section the DICOM port speaks TLS. PEM files are read again when they change. */
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
   * Who answers C-FIND, C-MOVE and C-GET, by the AE title that is called, and DICOMweb. default is for DICOMweb and for
   * all AE titles that neither are here nor stand for a peer with url, and is [archive] without this key. [] answers
   * nobody. Default none.
   */
  readonly answers: Readonly<Record<string, readonly string[]>>;
  /** Storage commitment: what the gateway answers for. */
  readonly commitment: CommitmentConfig;
  /** The modality worklist: what is scheduled. */
  readonly worklist: WorklistConfig;
  /** Modality performed procedure steps: what was done. */
  readonly mpps: MppsConfig;
  /** Where instances can be sent by routes; every peer is a destination as well, by its name. Default none. */
  readonly destinations: Readonly<Record<string, DestinationConfig>>;
  /** Where instances go; without routes they stay in the archive. Default none. */
  readonly routes: readonly RouteConfig[];
  /** What holds for all routes together. */
  readonly routing: RoutingConfig;
  /** The queue of what has still to be sent. */
  readonly queue: QueueConfig;
  /** With this section somebody is told of destinations that fail, and of instances that are given up or held. */
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
   * Memory of the process above which new associations are rejected; 0 for no limit. The reason of the rejection is
   * temporary-congestion. In bytes. Default `2GiB`.
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
   * Load balancers, whose connections must begin with a PROXY protocol header; other connections must not. Versions 1
   * and 2 of the protocol are read, before TLS. Default none.
   */
  readonly proxies: readonly string[];
  /** Whether peers must call the gateway by its aeTitle. Otherwise any called AE title will do. Default `false`. */
  readonly requireCalledAeTitle: boolean;
  /** Whether to accept private SOP classes and those newer than this version. Default `accept`. */
  readonly unknownSopClasses: "accept" | "refuse";
  /** Access rules: a peer must match one of them; without rules any peer may associate. Default none. */
  readonly allow: readonly AllowRule[];
  /**
   * File of users and hashes of their passcodes; add one with: gantry passwd USER >> users.txt. Without it, user
   * identities are ignored.
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
   * Commitment, other what has no name here. Presentation contexts of other services are refused. A peer that several
   * rules match may use what any of them lets it.
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
   * Time from SIGTERM to the end of the process; associations have all of it but the last two seconds. In milliseconds.
   * Default `10s`.
   */
  readonly drain: number;
}

/** With this section the DICOM port speaks TLS. PEM files are read again when they change. */
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
   * Bearer token of at least 16 characters, with all scopes. With it, tokens or oidc, every request except for health
   * needs a token.
   */
  readonly token?: string;
  /**
   * Bearer tokens by the names of their bearers, which are recorded with what they store and in the log. Default none.
   */
  readonly tokens: Readonly<Record<string, HttpTokenConfig>>;
  /** Access tokens of an identity provider, in the form of JSON Web Tokens (OpenID Connect, RFC 9068). */
  readonly oidc?: OidcConfig;
  /** With this section the sidecar speaks HTTPS. */
  readonly tls?: HttpTlsConfig;
  /**
   * Reverse proxies, whose headers Forwarded and X-Forwarded-* tell what clients have asked for. URLs in answers begin
   * with what these headers say; otherwise with the header Host. Default none.
   */
  readonly proxies: readonly string[];
  /**
   * Viewer to serve at /ohif/: ohif for the package @ohif/app, or the folder of its dist. The package is looked for in
   * node_modules beside the configuration.
   */
  readonly viewer?: string;
  /** Whether POST /echo may name any host, not just a configured peer. Default `false`. */
  readonly allowAdHocEcho: boolean;
}

/** A bearer token with a name and scopes. */
export interface HttpTokenConfig {
  /** The token, of at least 16 characters; or give sha256. */
  readonly token?: string;
  /** SHA-256 digest of the token, in hexadecimal digits, in its place. */
  readonly sha256?: string;
  /**
   * What it lets its bearer do: read, write, delete, admin. None includes another. admin is for associations, metrics,
   * C-ECHO and storage commitment.
   */
  readonly scopes: readonly ("read" | "write" | "delete" | "admin")[];
}

/** Access tokens of an identity provider, in the form of JSON Web Tokens (OpenID Connect, RFC 9068). */
export interface OidcConfig {
  /** Who signs the tokens: the claim iss, to the letter. */
  readonly issuer: string;
  /** Whom they are for: one of the claim aud. */
  readonly audience: string;
  /** URL of the issuer's public keys, a JSON Web Key Set. Keys are kept for an hour where newer ones can't be had. */
  readonly jwks: string;
  /**
   * Claim that has the scopes: words with spaces between them, or a list. Dots lead into objects, as in
   * realm_access.roles. Default `scope`.
   */
  readonly scopeClaim: string;
  /** What the scopes begin with in that claim; nothing without this key. */
  readonly scopePrefix?: string;
  /** By how much clocks may differ. In milliseconds. Default `30s`. */
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
  /** Free disk space to preserve, below which instances are refused; 0 for none. In bytes. Default `256MiB`. */
  readonly reserve: number;
  /** When a SOP Instance UID already exists with different content. Default `keep-first`. */
  readonly onExisting: "keep-first" | "replace";
  /** What to do with a data set that violates PS3.5 or has an unknown transfer syntax. Default `keep`. */
  readonly unreadable: "keep" | "refuse";
  /**
   * How long an instance stays that has reached every destination that routes lead to. What has still to be sent stays
   * in any case. until-delivered and while-disk-lasts leave alone what no route leads anywhere. Where something is
   * deleted, commitment.enabled has to be false. Default `always`.
   */
  readonly retain: "always" | "until-delivered" | "for-days" | "while-disk-lasts";
  /**
   * With retain: for-days, how long an instance stays after its last delivery, or after it came. It counts from when it
   * came where no route leads it anywhere. Default `30`.
   */
  readonly retainDays: number;
  /**
   * With retain: while-disk-lasts, the free disk space below which the oldest delivered instances go. More than
   * reserve, below which instances are refused. In bytes. Default `1GiB`.
   */
  readonly keepFree: number;
  /** What is known of each instance. */
  readonly index: ArchiveIndexConfig;
}

/** What is known of each instance. */
export interface ArchiveIndexConfig {
  /**
   * Attributes to keep in the index, to be matched and returned, besides the usual keys of queries. For instances that
   * are there already they count after the next `gantry index rebuild`. Default none.
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
   * Values of bytes or words that are longer are given as a BulkDataURI in metadata; Pixel Data always is. In bytes.
   * Default `1KiB`.
   */
  readonly bulkDataAbove: number;
  /**
   * Whether a search that finds nothing is answered with 204 and no body, not with 200 and an empty list. For clients
   * that were made for servers that do so. Default `false`.
   */
  readonly emptyAs204: boolean;
  /**
   * Longest request that stores instances, decompressed where it is compressed. Instances are bounded by
   * dicom.maxDataSetLength. In bytes. Default `64GiB`.
   */
  readonly maxRequestLength: number;
  /** Most requests at the same time that retrieve something; further ones wait for at most 30 s. Default `64`. */
  readonly maxRetrievals: number;
  /** Most requests at the same time that store something; further ones wait for at most 30 s. Default `32`. */
  readonly maxStores: number;
  /** Instances that were retrieved from peers with web, held for whoever asks next. */
  readonly retrieved: RetrievedConfig;
}

/** Instances that were retrieved from peers with web, held for whoever asks next. */
export interface RetrievedConfig {
  /** Folder for them, which is emptied at each start; retrieved/ in archive.path without this key. */
  readonly path?: string;
  /** Most bytes of them; those that were used longest ago go first. In bytes. Default `8GiB`. */
  readonly maxSize: number;
  /** How long each is held; it may have changed where it came from. In milliseconds. Default `1h`. */
  readonly maxAge: number;
}

/** An application entity, or a DICOMweb server, that can be called. */
export interface PeerConfig {
  /**
   * AE title to call; with url, the one that stands for it. What is stored or moved to the AE title of a peer with url
   * is stored there.
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
   * Most associations with it at the same time. Without this key a C-MOVE sends to it over 1, and queries and
   * retrievals have up to 8.
   */
  readonly maxAssociations?: number;
  /**
   * How it sends instances: by C-GET, or by C-MOVE to the gateway; get without this key. For C-MOVE it has to know the
   * gateway's AE title, host and port.
   */
  readonly retrieve?: "get" | "move";
  /** Whether it is served as DICOMweb, at /peers/NAME/dicom-web of the HTTP API; not without this key. */
  readonly web?: boolean;
  /** How the peer asks and wants to be asked; without a key whatever can be understood is taken. */
  readonly dialect?: DialectConfig;
  /** Base URL of DICOMweb services, in the place of host and port. */
  readonly url?: string;
  /** Bearer token for url. */
  readonly token?: string;
  /** Client credentials of OAuth 2.0, by which tokens for url are had (RFC 6749 4.4). */
  readonly oauth2?: Oauth2Config;
  /** Most instances in one request that a route sends to url; 32 without this key. */
  readonly maxBatch?: number;
  /**
   * Most bytes of instances in one such request; 64 MiB without this key. An instance that is longer has a request of
   * its own. In bytes.
   */
  readonly maxBatchBytes?: number;
  /**
   * What becomes of an instance that url refuses with 409 and no reason; it is dead without this key. Some servers
   * answer so where they have another instance of that UID. duplicate leaves that there, and counts as delivered.
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
  /** false accepts any name in a certificate of a trusted authority. Without this key the name is checked. */
  readonly verifyName?: boolean;
}

/** How the peer asks and wants to be asked; without a key whatever can be understood is taken. */
export interface DialectConfig {
  /** Refuse queries that break the hierarchy where nothing else was negotiated. */
  readonly strict?: boolean;
  /** Whether names match as a whole, or their components by beginnings. */
  readonly names?: "literal" | "component-prefix";
  /** Character set of what it is sent; that of its question without this key. */
  readonly characterSet?: readonly string[];
  /** Take a range of dates and one of times as one range of moments. */
  readonly combinedDateTime?: boolean;
  /** Whether a lone * means any value for every VR, UIDs and dates too. */
  readonly universalAsterisk?: boolean;
  /** Whether the level is found from the keys where (0008,0052) is missing or unknown. */
  readonly inferLevel?: boolean;
  /** Whether 2025-01-31, 202501 and 2025 are read as what they mean. */
  readonly lenientDates?: boolean;
  /** How it wants to be asked for any value of a unique key. */
  readonly universalUid?: "empty" | "asterisk";
  /** Longest time without a response while it waits for a C-MOVE or C-GET; 2s without this key. In milliseconds. */
  readonly pendingInterval?: number;
}

/** Client credentials of OAuth 2.0, by which tokens for url are had (RFC 6749 4.4). */
export interface Oauth2Config {
  /** Where tokens are had. */
  readonly tokenUrl: string;
  /** Name of the client. */
  readonly clientId: string;
  /** Secret of the client. */
  readonly clientSecret: string;
  /** What the token is for. */
  readonly scope?: string;
}

/** Storage commitment: what the gateway answers for. */
export interface CommitmentConfig {
  /**
   * Whether peers may ask the gateway to answer for instances that it keeps. Without archive.durable nobody is
   * answered: what is not flushed is not committed. Default `true`.
   */
  readonly enabled: boolean;
  /**
   * Who is told on the association of its request while that is open; all others are called back. To be called back, a
   * peer has to be in peers; one that is in neither may not ask. Default none.
   */
  readonly sameAssociation: readonly string[];
  /** Instances of one request, or of one report. Default `50000`. */
  readonly maxReferences: number;
  /** How long a request can be looked at after its report is delivered, or given up. Default `7`. */
  readonly keepDays: number;
}

/** The modality worklist: what is scheduled. */
export interface WorklistConfig {
  /**
   * Folder of worklist items: DICOM files (.wl, .dcm) and DICOM JSON files (.json). Folders in it count as well. What
   * programs put by HTTP is offered besides, with or without a folder.
   */
  readonly path?: string;
  /**
   * Whether steps that were completed or discontinued are still offered. A question for the status of steps finds them
   * in any case. Default `false`.
   */
  readonly offerEnded: boolean;
  /** Days after its start date that a step is offered, and its item kept; 0 for ever. Default `30`. */
  readonly keepDays: number;
  /** Days that an item is kept once all of its steps have ended; 0 for as long as keepDays says. Default `7`. */
  readonly keepEndedDays: number;
  /** Most items that programs put by HTTP. Default `100000`. */
  readonly maxItems: number;
}

/** Modality performed procedure steps: what was done. */
export interface MppsConfig {
  /** Peers that every N-CREATE and N-SET is forwarded to. Default none. */
  readonly forward: readonly string[];
  /** Days that a performed procedure step is kept after its last change; 0 for ever. Default `90`. */
  readonly keepDays: number;
}

/** Where instances can be sent, and how: a peer, a folder or a webhook. */
export interface DestinationConfig {
  /** Name of the peer in peers to send to. */
  readonly peer?: string;
  /** Folder to write files into; it must exist. */
  readonly folder?: string;
  /**
   * Names of the files; without this key they are of the three UIDs. Fields are PatientID, StudyInstanceUID,
   * SeriesInstanceUID, SOPInstanceUID, SOPClassUID, SourceAETitle and ReceivedDate. No file takes the place of another.
   */
  readonly name?: string;
  /** Where to post an event for each instance, as a CloudEvent in JSON. */
  readonly webhook?: string;
  /** Key of the events' signatures (HMAC-SHA-256); without it they are not signed. */
  readonly secret?: string;
  /** Studies to send at the same time, each over an association of its own; 2 without this key. */
  readonly parallel?: number;
  /** Most instances a second; without this key as many as it takes. */
  readonly rate?: number;
  /** Most bytes a second, on the average of several instances; without this key as many as it takes. In bytes. */
  readonly bandwidth?: number;
  /** Hours in which to send, by the local clock; urgent instances go at any time. */
  readonly hours?: string;
}

/** Who matches, and where to. Names are of letters, digits, spaces, dots, dashes and underscores. */
export interface RouteConfig {
  /** Name of the route, for people. */
  readonly name: string;
  /** Which instances are meant; all without this key. The page on rules says what may stand here. */
  readonly when?: unknown;
  /**
   * What is sent as one, once it is complete; each instance by itself without this key. A series or a study is complete
   * by what routing.units says, or by evidence.
   */
  readonly unit?: "instance" | "series" | "study";
  /**
   * Peer to ask how many instances a series or study has, when who sends it has paused. It is complete when as many
   * have come. Nobody is asked without this key.
   */
  readonly countedBy?: string;
  /**
   * Changes on the way, one after the other. The page on changes has the steps. A file of CSV is read when the routes
   * are.
   */
  readonly change?: readonly unknown[];
  /** How urgent instances are that go this way. Default `medium`. */
  readonly priority: "high" | "medium" | "low";
  /** When the sender is told that all is well; once the instance is on disk without this key. */
  readonly acknowledge?: "received" | "durable" | "delivered-any" | "delivered-all" | "committed";
  /** When instances may be sent that go this way; at any time without this key. */
  readonly schedule?: ScheduleConfig;
  /** Destinations, and peers, that instances go to; or the first of several that works. */
  readonly to: unknown;
}

/** When instances may be sent that go this way; at any time without this key. */
export interface ScheduleConfig {
  /** From and to a time of day, by the local clock. */
  readonly hours?: string;
  /** Days on which the hours begin; all without this key. */
  readonly days?: readonly ("sunday" | "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday")[];
}

/** What holds for all routes together. */
export interface RoutingConfig {
  /** Whether all routes that match an instance count, or the first of them alone. Default `all`. */
  readonly match: "all" | "first";
  /**
   * What becomes of an instance that no route matches, where there are routes: it stays in the archive. refuse tells
   * the sender 0x0124, and keeps nothing. hold keeps it, with a job that an operator has to look at. Default `keep`.
   */
  readonly otherwise: "keep" | "refuse" | "hold";
  /**
   * How long a sender is kept waiting for deliveries that its route wants it to wait for. Then it gets 0xA700, while
   * the instance stays and is delivered later. Shorter than senders wait for an answer. In milliseconds. Default `30s`.
   */
  readonly acknowledgeWithin: number;
  /** Most instances whose senders are kept waiting at the same time. Default `10000`. */
  readonly maxUnacknowledged: number;
  /** When a series or a study is complete, of routes with unit. */
  readonly units: UnitConfig;
}

/** When a series or a study is complete, of routes with unit. */
export interface UnitConfig {
  /** Time without a byte of it, and without an open association of who sends it. In milliseconds. Default `60s`. */
  readonly quiet: number;
  /** Time since its first instance, whatever still comes. In milliseconds. Default `1h`. */
  readonly cap: number;
}

/** The queue of what has still to be sent. */
export interface QueueConfig {
  /**
   * How long it is remembered what was delivered, and each attempt. An instance that comes again meanwhile, and is the
   * same, is not sent again. Default `30`.
   */
  readonly keepDays: number;
}

/** With this section somebody is told of destinations that fail, and of instances that are given up or held. */
export interface AlertsConfig {
  /** Where to post alerts, as CloudEvents in JSON. */
  readonly webhook: string;
  /** Key of their signatures (HMAC-SHA-256); without it they are not signed. */
  readonly secret?: string;
}
