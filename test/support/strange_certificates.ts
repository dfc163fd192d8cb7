/**
 * Certificates that prove nothing, or less than they seem to, each with those that come along; made by OpenSSL in a
 * temporary folder once a process.
 *
 * @module
 */

import { authorityFolder, CA_CONFIGURATION, openssl } from "./openssl.ts";

/** A certificate, those that come along, and its private key, as PEM text. */
export interface Chain {
  readonly cert: string;
  readonly key: string;
}

/** What tests of trust need. */
export interface StrangeCertificates {
  /** What is trusted: an authority, and a client that is trusted as himself alone. */
  readonly authority: string;
  readonly individual: string;
  /** All for localhost, by what is wrong with them; `good` and `individual` are what is right. */
  readonly chains: Readonly<Record<string, Chain>>;
}

let made: Promise<StrangeCertificates> | undefined;

/** The certificates of this process; made on the first call. */
export function strangeCertificates(): Promise<StrangeCertificates> {
  return made ??= make();
}

interface Request {
  /** Name of the identity that signs; its own when it is left out. */
  readonly issuer?: string;
  /** Default the name of the request. */
  readonly commonName?: string;
  /** None make it one of version 1. */
  readonly extensions?: readonly string[];
  readonly from?: string;
  readonly until?: string;
  readonly digest?: string;
  /** What comes along, by name. */
  readonly chain?: readonly string[];
}

const AUTHORITY = [
  "basicConstraints = critical, CA:TRUE",
  "keyUsage = critical, keyCertSign, cRLSign",
  "subjectKeyIdentifier = hash",
];
const HOST = "subjectAltName = DNS:localhost, IP:127.0.0.1";
const PURPOSES = "extendedKeyUsage = serverAuth, clientAuth";
const LEAF = ["basicConstraints = CA:FALSE", PURPOSES, HOST];
const UNKNOWN = "1.3.6.1.4.1.55555.1 = critical, ASN1:UTF8String:unknown";
/** SEQUENCE { [2] of 3 bytes, of which there are 2 } */
const UNREADABLE = "subjectAltName = DER:300482034142";
const PAST = "20210101000000Z";
const FUTURE = "20480101000000Z";

/** Those that issue others. */
const issuers: Readonly<Record<string, Request>> = {
  authority: { extensions: AUTHORITY },
  stranger: { commonName: "authority", extensions: AUTHORITY },
  between: { issuer: "authority", extensions: AUTHORITY },
  last: { issuer: "authority", extensions: ["basicConstraints = critical, CA:TRUE, pathlen:0", ...AUTHORITY.slice(1)] },
  behindLast: { issuer: "last", extensions: AUTHORITY },
  constrained: { issuer: "authority", extensions: [...AUTHORITY, "nameConstraints = critical, permitted;DNS:example"] },
  unknownBetween: { issuer: "authority", extensions: [...AUTHORITY, UNKNOWN] },
  expiredBetween: { issuer: "authority", extensions: AUTHORITY, until: PAST },
  bareBetween: { issuer: "authority", extensions: ["subjectKeyIdentifier = hash"] },
  versionOneBetween: { issuer: "authority" },
  strangersVersionOne: { issuer: "stranger" },
  strangersUnreadable: { issuer: "stranger", extensions: [...AUTHORITY, UNREADABLE] },
};

/** What is shown. */
const shown: Readonly<Record<string, Request>> = {
  good: { issuer: "between", extensions: LEAF, chain: ["between"] },
  individual: { extensions: LEAF },
  "from a stranger of the authority's name": { issuer: "stranger", extensions: LEAF },
  "self-signed": { extensions: LEAF },
  "a self-signed authority": { extensions: [...AUTHORITY, HOST] },
  "from a leaf": { issuer: "good", extensions: LEAF, chain: ["good", "between"] },
  "from what says nothing of authority": { issuer: "bareBetween", extensions: LEAF, chain: ["bareBetween"] },
  "behind too long a path": { issuer: "behindLast", extensions: LEAF, chain: ["behindLast", "last"] },
  "from an authority for other names": { issuer: "constrained", extensions: LEAF, chain: ["constrained"] },
  "with a critical extension that nobody knows": { issuer: "authority", extensions: [...LEAF, UNKNOWN] },
  "from one with such an extension": { issuer: "unknownBetween", extensions: LEAF, chain: ["unknownBetween"] },
  "for another purpose": { issuer: "authority", extensions: [HOST, "extendedKeyUsage = emailProtection"] },
  "signed with SHA-1": { issuer: "authority", extensions: LEAF, digest: "sha1" },
  "that is over": { issuer: "authority", extensions: LEAF, until: PAST },
  "that is not valid yet": { issuer: "authority", extensions: LEAF, from: FUTURE },
  "from an authority that is over": { issuer: "expiredBetween", extensions: LEAF, chain: ["expiredBetween"] },
  "from one of version 1": { issuer: "versionOneBetween", extensions: LEAF, chain: ["versionOneBetween"] },
  "from a stranger's of version 1": { issuer: "strangersVersionOne", extensions: LEAF, chain: ["strangersVersionOne"] },
  "from a stranger, with one of version 1": { issuer: "stranger", extensions: LEAF, chain: ["versionOneBetween"] },
  "from a stranger's that can't be read": {
    issuer: "strangersUnreadable",
    extensions: LEAF,
    chain: ["strangersUnreadable"],
  },
  "from a stranger, with one that has no date": { issuer: "stranger", extensions: LEAF, chain: ["dateless"] },
  "from an individual": { issuer: "individual", extensions: LEAF },
  "from an individual, with the individual's": { issuer: "individual", extensions: LEAF, chain: ["individual"] },
};

async function make(): Promise<StrangeCertificates> {
  const folder = await authorityFolder();
  const files = new Map<string, string>();
  for (const [name, request] of [...Object.entries(issuers), ...Object.entries(shown)]) {
    files.set(name, `${files.size}`);
    await issue(folder, files, name, request);
  }
  const read = (name: string, kind: "crt" | "key") => Deno.readTextFileSync(`${folder}/${files.get(name)}.${kind}`);
  const certificate = (name: string) =>
    name === "dateless" ? dateless(read("expiredBetween", "crt")) : read(name, "crt");
  const chains = Object.entries(shown).map(([name, { chain = [] }]) => {
    return [name, { cert: [name, ...chain].map(certificate).join(""), key: read(name, "key") }] as const;
  });
  return {
    authority: certificate("authority"),
    individual: certificate("individual"),
    chains: Object.fromEntries(chains),
  };
}

async function issue(
  folder: string,
  files: ReadonlyMap<string, string>,
  name: string,
  request: Request,
): Promise<void> {
  const { commonName = name, issuer = name, extensions, digest = "sha256" } = request;
  const { from = "20200101000000Z", until = "20491231000000Z" } = request;
  const [file, signer] = [files.get(name), files.get(issuer)];
  await Deno.writeTextFile(
    `${folder}/openssl.cnf`,
    `${CA_CONFIGURATION}
[extensions]
${extensions?.join("\n") ?? ""}
`,
  );
  await openssl(folder, `genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ${file}.key`);
  await openssl(folder, `req -new -config openssl.cnf -key ${file}.key -out ${file}.csr -subj`, `/CN=${commonName}`);
  await openssl(
    folder,
    `ca -batch -notext -config openssl.cnf${extensions === undefined ? "" : " -extensions extensions"} -md ${digest} ` +
      `-startdate ${from} -enddate ${until} ${issuer === name ? "-selfsign" : `-cert ${signer}.crt`} ` +
      `-keyfile ${signer}.key -in ${file}.csr -out ${file}.crt`,
  );
}

/** The certificate with letters in the date of its end. */
function dateless(pem: string): string {
  const bytes = atob(pem.replace(/-----.*-----|\s/g, "")).replace(PAST.slice(2), "21AB01000000Z");
  return `-----BEGIN CERTIFICATE-----\n${btoa(bytes).replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
}
