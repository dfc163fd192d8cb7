/**
 * TLS identities whose files change while the gateway runs.
 *
 * @module
 */

import { readCertificate, readPemCertificates } from "../transport/certificate.ts";
import type { TlsIdentity } from "../transport/listener.ts";
import type { OnNotice } from "./notice.ts";
import { type IdentityFiles, readIdentity } from "./pem_files.ts";
import type { TextFiles } from "./platform.ts";

/** Milliseconds between two looks at the files. */
const LOOK_INTERVAL = 2_000;

const DAY = 24 * 60 * 60 * 1000;

/** How long before a certificate expires the operator is warned, once a day. */
const WARNING_TIME = 30 * DAY;

/** An identity, and the listener that uses it. */
export interface FollowedIdentity {
  /** What the identity secures, such as `DICOM`. */
  readonly name: string;
  /** The identity that is in use now. */
  readonly identity: TlsIdentity;
  /** The files that it was read from. */
  readonly paths: IdentityFiles;
  /** Uses another identity from now on. If it throws, the operator gets a notice, and the earlier identity stays in use. */
  replace(identity: TlsIdentity): Promise<void>;
}

/** How to follow. */
export interface FollowOptions {
  /** Milliseconds between two looks at the files. Default: 2,000. */
  readonly interval?: number;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
}

/**
 * Looks at the files of an identity regularly, and replaces it when they have changed and two looks have found the same, until
 * it is disposed of. Warns every day when the certificate in use is about to expire, or has expired.
 */
export function follow(
  { name, identity, paths, replace }: FollowedIdentity,
  files: TextFiles,
  onNotice: OnNotice,
  { interval = LOOK_INTERVAL, now = Date.now }: FollowOptions = {},
): Disposable {
  const watchEnd = ({ cert }: TlsIdentity) => endWatch(name, cert, now, onNotice);
  let warnOfEnd = watchEnd(identity);
  warnOfEnd();
  /** The contents that were tried last, successfully or not, and those that were found last. */
  let tried = JSON.stringify(identity);
  let found = tried;
  let problem = "";
  const use = async (outcome: TlsIdentity | Error, text: string) => {
    try {
      if (outcome instanceof Error) throw outcome;
      if (text !== tried) {
        tried = text;
        await replace(outcome);
        const message = `New connections (${name}) use the changed certificate files`;
        onNotice({ level: "info", event: "certificate-replaced", message });
        warnOfEnd = watchEnd(outcome);
        warnOfEnd();
      }
      problem = "";
    } catch (error) {
      // The same problem is reported once, however often it recurs.
      const { message } = error as Error;
      if (message !== problem) onNotice({ level: "error", event: "certificate-not-replaced", message });
      problem = message;
    }
  };
  let looking = false;
  const look = async () => {
    if (looking) return;
    looking = true;
    warnOfEnd();
    const outcome = await readIdentity(files, paths).catch((error: Error) => error);
    const text = outcome instanceof Error ? outcome.message : JSON.stringify(outcome);
    const isSettled = text === found;
    found = text;
    // While two looks differ, a program may still be writing: half a chain can look like a whole one.
    if (isSettled) await use(outcome, text);
    looking = false;
  };
  const timer = setInterval(look, interval);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Makes a function that warns, at most once a day, that a certificate expires. */
function endWatch(name: string, cert: string, now: () => number, onNotice: OnNotice): () => void {
  const [own] = readPemCertificates(cert);
  const { notAfter } = readCertificate(own ?? new Uint8Array());
  const date = new Date(notAfter).toISOString().slice(0, 10);
  let next = notAfter - WARNING_TIME;
  return () => {
    const time = now();
    if (time < next) return;
    next = time + DAY;
    const verb = time > notAfter ? "expired" : "expires";
    onNotice({ level: "warn", event: "certificate-expires", message: `The certificate (${name}) ${verb} on ${date}` });
  };
}
