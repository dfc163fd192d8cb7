/**
 * Certificates for tests, made by OpenSSL in a temporary folder once a process.
 *
 * @module
 */

/** A certificate and its private key, as PEM text and as files. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Identities by what is right or wrong with them. All but `rogue` are signed by `authority`. */
export interface Certificates {
  /** Temporary folder that holds the files; it is removed with the process. */
  readonly folder: string;
  readonly authority: Identity;
  /** For a server at localhost and 127.0.0.1. */
  readonly server: Identity;
  /** For a client, `CN=CT1`. */
  readonly client: Identity;
  /** For localhost, but over since 2021. */
  readonly expired: Identity;
  /** For localhost, signed by an authority that nobody trusts. */
  readonly rogue: Identity;
}

/** Whether `openssl` can be run here; tests that need certificates are skipped otherwise. */
export const opensslPresent: boolean = await present();

let made: Promise<Certificates> | undefined;

/** The certificates of this process; made on the first call. */
export function certificates(): Promise<Certificates> {
  return made ??= make();
}

/** What `openssl ca` wants to be told; it is the one command that dates certificates freely. */
const configuration = `
[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
[client]
basicConstraints = CA:FALSE
extendedKeyUsage = clientAuth
subjectAltName = DNS:ct1.example
`;

interface Request {
  readonly commonName: string;
  readonly section: "authority" | "server" | "client";
  /** Name of the identity that signs; its own for an authority. */
  readonly issuer: string;
  /** Such as `20210101000000Z`; default the end of 2049. */
  readonly until?: string;
}

const requests: Readonly<Record<string, Request>> = {
  authority: { commonName: "Gantry test authority", section: "authority", issuer: "authority" },
  rogueAuthority: { commonName: "Rogue authority", section: "authority", issuer: "rogueAuthority" },
  server: { commonName: "localhost", section: "server", issuer: "authority" },
  client: { commonName: "CT1", section: "client", issuer: "authority" },
  expired: { commonName: "localhost", section: "server", issuer: "authority", until: "20210101000000Z" },
  rogue: { commonName: "localhost", section: "server", issuer: "rogueAuthority" },
};

async function make(): Promise<Certificates> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-certificates-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  await Deno.writeTextFile(`${folder}/openssl.cnf`, configuration);
  await Deno.writeTextFile(`${folder}/index.txt`, "");
  for (const [name, request] of Object.entries(requests)) await issue(folder, name, request);
  const identity = async (name: string): Promise<Identity> => {
    const [certFile, keyFile] = [`${folder}/${name}.crt`, `${folder}/${name}.key`];
    return { cert: await Deno.readTextFile(certFile), key: await Deno.readTextFile(keyFile), certFile, keyFile };
  };
  return {
    folder,
    authority: await identity("authority"),
    server: await identity("server"),
    client: await identity("client"),
    expired: await identity("expired"),
    rogue: await identity("rogue"),
  };
}

async function issue(folder: string, name: string, request: Request): Promise<void> {
  const { commonName, section, issuer, until = "20491231000000Z" } = request;
  await openssl(folder, `genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ${name}.key`);
  await openssl(folder, `req -new -config openssl.cnf -key ${name}.key -out ${name}.csr -subj`, `/CN=${commonName}`);
  const signer = issuer === name ? "-selfsign" : `-cert ${issuer}.crt`;
  const dates = `-startdate 20200101000000Z -enddate ${until}`;
  await openssl(
    folder,
    `ca -batch -notext -config openssl.cnf -extensions ${section} ${dates} ${signer} -keyfile ${issuer}.key ` +
      `-in ${name}.csr -out ${name}.crt`,
  );
}

async function openssl(folder: string, line: string, ...more: string[]): Promise<void> {
  const command = new Deno.Command("openssl", { args: [...line.split(" "), ...more], cwd: folder, stdin: "null" });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(`Cannot make a certificate: openssl ${line}: ${new TextDecoder().decode(stderr)}`);
}

async function present(): Promise<boolean> {
  try {
    return (await new Deno.Command("openssl", { args: ["version"] }).output()).success;
  } catch {
    return false;
  }
}
