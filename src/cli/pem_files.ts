/**
 * Certificates, keys and authorities in their files, which change while the gateway runs.
 *
 * @module
 */

import { TransportError } from "../errors.ts";
import { readCertificate, readPemCertificates } from "../transport/certificate.ts";
import type { TlsIdentity } from "../transport/listener.ts";
import { errorText, escapeText } from "./escape.ts";
import type { Log } from "./log.ts";

/** Paths of the files of an identity. */
export interface IdentityFiles {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa?: string;
}

/** Milliseconds between two looks at the files. */
const LOOK_INTERVAL = 2_000;

/** How long before its end a certificate is worth a warning. */
const WARNING_TIME = 30 * 24 * 60 * 60 * 1000;

/** Reads a PEM file. Throws TransportError. */
export async function readPem(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new TransportError(`Cannot read ${escapeText(path)}: ${errorText(error)}`, { phase: "tls" });
  }
}

/** Reads the files of an identity. Throws TransportError. */
export async function readIdentity({ certificate, key, clientCa }: IdentityFiles): Promise<TlsIdentity> {
  return {
    cert: await readPem(certificate),
    key: await readPem(key),
    ...(clientCa !== undefined && { clientCa: await readPem(clientCa) }),
  };
}

/** What is done with an identity that is used, and with one that has changed. */
export interface Follower {
  /** Which identity this is, such as `DICOM`. */
  readonly name: string;
  /** The one that is used now. */
  readonly identity: TlsIdentity;
  /** Uses another one from now on; what it throws is logged, and the one before remains. */
  replace(identity: TlsIdentity): Promise<void>;
}

/** Looks at the files of an identity now and then, and replaces it when they have changed, until it is disposed of. */
export function follow(
  files: IdentityFiles,
  { name, identity, replace }: Follower,
  log: Log,
  interval: number = LOOK_INTERVAL,
): Disposable {
  warnOfEnd(name, identity, log);
  /** What was last tried, whether it could be used or not. */
  let tried = JSON.stringify(identity);
  let problem = "";
  let looking = false;
  const look = async () => {
    if (looking) return;
    looking = true;
    try {
      const found = await readIdentity(files);
      const text = JSON.stringify(found);
      if (text !== tried) {
        tried = text;
        await replace(found);
        log.write("info", "certificate-replaced", `New connections (${name}) are secured by the files as they are now`);
        warnOfEnd(name, found, log);
      }
      problem = "";
    } catch (error) {
      // The same problem is told once, however often it is met.
      const { message } = error as Error;
      if (message !== problem) log.write("error", "certificate-not-replaced", message);
      problem = message;
    }
    looking = false;
  };
  const timer = setInterval(look, interval);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function warnOfEnd(name: string, { cert }: TlsIdentity, log: Log): void {
  const [own] = readPemCertificates(cert);
  const { notAfter } = readCertificate(own ?? new Uint8Array());
  if (Date.now() < notAfter - WARNING_TIME) return;
  const verb = Date.now() > notAfter ? "expired" : "expires";
  const date = new Date(notAfter).toISOString().slice(0, 10);
  log.write("warn", "certificate-expires", `The certificate (${name}) ${verb} on ${date}`);
}
