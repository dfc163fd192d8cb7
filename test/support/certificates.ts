/**
 * Certificates for tests, made by OpenSSL in a temporary folder once a process.
 *
 * @module
 */

import { authorityFolder, CA_CONFIGURATION, openssl } from "./openssl.ts";

/** A certificate and its private key, as PEM text and as files. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Identities by what is right or wrong with them. All but the rogues are signed by `authority`. */
export interface Certificates {
  /** Temporary folder that holds the files; it is removed with the process. */
  readonly folder: string;
  readonly authority: Identity;
  /** For a server at localhost and 127.0.0.1. */
  readonly server: Identity;
  /** For a client, `CN=CT1`. */
  readonly client: Identity;
  /** The same with an RSA key. */
  readonly rsaServer: Identity;
  /** For localhost, but over since 2021. */
  readonly expired: Identity;
  /** For localhost, signed by an authority that nobody trusts. */
  readonly rogue: Identity;
  /** `CN=localhost`, without any alternative name. */
  readonly nameless: Identity;
  /** `CN=localhost`, of version 1, which has no extensions. */
  readonly versionOne: Identity;
  /** Another one for a server at localhost, over at the end of 2048. */
  readonly renewed: Identity;
  /** For a client, `CN=CT1`, but over since 2021. */
  readonly expiredClient: Identity;
  /** For a client, `CN=CT1`, signed by an authority that nobody trusts. */
  readonly rogueClient: Identity;
  /** The client's certificate, and a key that is not the certificate's but says so. */
  readonly forged: Identity;
}

/** Whether `openssl` can be run here; tests that need certificates are skipped otherwise. */
export const opensslPresent: boolean = await present();

let made: Promise<Certificates> | undefined;

/** The certificates of this process; made on the first call. */
export function certificates(): Promise<Certificates> {
  return made ??= make();
}

/** Extensions by who has them. */
const configuration = `${CA_CONFIGURATION}
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
[nameless]
basicConstraints = CA:FALSE
[client]
basicConstraints = CA:FALSE
extendedKeyUsage = clientAuth
subjectAltName = DNS:ct1.example
`;

interface Request {
  readonly commonName: string;
  /** Of the extensions; default none. */
  readonly section?: "authority" | "server" | "nameless" | "client";
  /** Name of the identity that signs; its own for an authority. */
  readonly issuer: string;
  /** Such as `20210101000000Z`; default the end of 2049. */
  readonly until?: string;
  /** Default `EC`, on the curve P-256. */
  readonly algorithm?: "EC" | "RSA";
}

const requests: Readonly<Record<string, Request>> = {
  authority: { commonName: "Gantry test authority", section: "authority", issuer: "authority" },
  rogueAuthority: { commonName: "Rogue authority", section: "authority", issuer: "rogueAuthority" },
  server: { commonName: "localhost", section: "server", issuer: "authority" },
  rsaServer: { commonName: "localhost", section: "server", issuer: "authority", algorithm: "RSA" },
  client: { commonName: "CT1", section: "client", issuer: "authority" },
  expired: { commonName: "localhost", section: "server", issuer: "authority", until: "20210101000000Z" },
  rogue: { commonName: "localhost", section: "server", issuer: "rogueAuthority" },
  nameless: { commonName: "localhost", section: "nameless", issuer: "authority" },
  versionOne: { commonName: "localhost", issuer: "authority" },
  renewed: { commonName: "localhost", section: "server", issuer: "authority", until: "20481231000000Z" },
  expiredClient: { commonName: "CT1", section: "client", issuer: "authority", until: "20210101000000Z" },
  rogueClient: { commonName: "CT1", section: "client", issuer: "rogueAuthority" },
};

async function make(): Promise<Certificates> {
  const folder = await authorityFolder();
  await Deno.writeTextFile(`${folder}/openssl.cnf`, configuration);
  for (const [name, request] of Object.entries(requests)) await issue(folder, name, request);
  const identity = async (name: string): Promise<Identity> => {
    const [certFile, keyFile] = [`${folder}/${name}.crt`, `${folder}/${name}.key`];
    return { cert: await Deno.readTextFile(certFile), key: await Deno.readTextFile(keyFile), certFile, keyFile };
  };
  return {
    folder,
    authority: await identity("authority"),
    server: await identity("server"),
    rsaServer: await identity("rsaServer"),
    client: await identity("client"),
    expired: await identity("expired"),
    rogue: await identity("rogue"),
    nameless: await identity("nameless"),
    versionOne: await identity("versionOne"),
    renewed: await identity("renewed"),
    expiredClient: await identity("expiredClient"),
    rogueClient: await identity("rogueClient"),
    forged: await forge(folder, await identity("client"), await identity("rogueClient")),
  };
}

/**
 * The private key of one identity beside the public key of another, as SEC1 has them in one structure: programs that only
 * compare public keys take it for the key of the other's certificate.
 */
async function forge(folder: string, victim: Identity, forger: Identity): Promise<Identity> {
  const [theirs, ours] = await Promise.all([keyPair(victim), keyPair(forger)]);
  const point = [0x00, 0x04, ...fromBase64Url(theirs.x), ...fromBase64Url(theirs.y)];
  const curve = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]; // 1.2.840.10045.3.1.7, P-256
  const fields = [
    ...[0x02, 0x01, 0x01],
    ...[0x04, 0x20, ...fromBase64Url(ours.d)],
    ...[0xA0, curve.length, ...curve],
    ...[0xA1, point.length + 2, 0x03, point.length, ...point],
  ];
  const base64 = btoa(String.fromCharCode(0x30, fields.length, ...fields)).replace(/.{64}/g, "$&\n");
  const key = `-----BEGIN EC PRIVATE KEY-----\n${base64}\n-----END EC PRIVATE KEY-----\n`;
  const keyFile = `${folder}/forged.key`;
  await Deno.writeTextFile(keyFile, key);
  return { ...victim, key, keyFile };
}

async function keyPair({ key }: Identity): Promise<{ d: string; x: string; y: string }> {
  const der = Uint8Array.from(atob(key.replace(/-----.*-----|\s/g, "")), (character) => character.charCodeAt(0));
  const imported = await crypto.subtle.importKey("pkcs8", der, { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
  const { d = "", x = "", y = "" } = await crypto.subtle.exportKey("jwk", imported);
  return { d, x, y };
}

function fromBase64Url(text: string): number[] {
  return Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

async function issue(folder: string, name: string, request: Request): Promise<void> {
  const { commonName, section, issuer, until = "20491231000000Z", algorithm = "EC" } = request;
  const parameter = algorithm === "EC" ? "ec_paramgen_curve:P-256" : "rsa_keygen_bits:2048";
  await openssl(folder, `genpkey -algorithm ${algorithm} -pkeyopt ${parameter} -out ${name}.key`);
  await openssl(folder, `req -new -config openssl.cnf -key ${name}.key -out ${name}.csr -subj`, `/CN=${commonName}`);
  const signer = issuer === name ? "-selfsign" : `-cert ${issuer}.crt`;
  const dates = `-startdate 20200101000000Z -enddate ${until}`;
  const extensions = section === undefined ? "" : `-extensions ${section} `;
  await openssl(
    folder,
    `ca -batch -notext -config openssl.cnf ${extensions}${dates} ${signer} -keyfile ${issuer}.key ` +
      `-in ${name}.csr -out ${name}.crt`,
  );
}

async function present(): Promise<boolean> {
  try {
    return (await new Deno.Command("openssl", { args: ["version"] }).output()).success;
  } catch {
    return false;
  }
}
