/**
 * Reads certificates, keys and authorities from their files.
 *
 * @module
 */

import { TransportError } from "../errors.ts";
import { errorText, escapeText } from "../safe_text.ts";
import type { TlsIdentity } from "../transport/listener.ts";
import type { TextFiles } from "./platform.ts";

/** Paths of the files of an identity. */
export interface IdentityFiles {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa?: string;
}

/** Reads a PEM file. Throws TransportError. */
export async function readPem(files: TextFiles, path: string): Promise<string> {
  try {
    return await files.readTextFile(path);
  } catch (error) {
    throw new TransportError(`Cannot read ${escapeText(path)}: ${errorText(error)}`, { phase: "tls" });
  }
}

/** Reads the files of an identity. Throws TransportError. */
export async function readIdentity(
  files: TextFiles,
  { certificate, key, clientCa }: IdentityFiles,
): Promise<TlsIdentity> {
  return {
    cert: await readPem(files, certificate),
    key: await readPem(files, key),
    ...(clientCa !== undefined && { clientCa: await readPem(files, clientCa) }),
  };
}
