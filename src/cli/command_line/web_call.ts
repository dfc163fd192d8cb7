/**
 * DICOMweb servers as they are written on the command line: a URL, or the name of a peer of the configuration that has one.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { isDicomwebPeer } from "../../config/peer_kinds.ts";
import type { WebPeer } from "../../dicomweb/client/peer_client.ts";
import type { Terminal } from "../output/terminal.ts";
import { UsageError, type Values } from "./command.ts";
import type { PeerCall, peerFlags } from "./peer.ts";
import { callDestination } from "./destination.ts";
import { readSecret } from "./read_secret.ts";

/** Where the token of a URL may be: arguments can be read by everybody on a machine. */
const TOKEN_VARIABLE = "GANTRY_DICOMWEB_TOKEN";

/** A DICOMweb server to ask. */
export interface WebCall {
  /** As the user wrote it. */
  readonly written: string;
  /** The server. */
  readonly web: WebPeer;
  /** Longest time in which a request comes no further, in milliseconds. */
  readonly timeout: number;
  /** The call of the peer that has an AE title. Throws UsageError where none is configured. */
  readonly destination: (aeTitle: string) => PeerCall;
}

/** Flags that are about associations. */
const OF_DIMSE = ["aeTitle", "tls", "ca", "certificate", "key", "serverName", "user", "passcodeFile"] as const;

/** The DICOMweb server that an operand names; undefined where it names none. Throws UsageError for flags that don't go with it. */
export function resolveWebCall(
  written: string,
  flags: Values<typeof peerFlags>,
  config: Config,
  env: Terminal["env"],
): WebCall | undefined {
  const { peers, dicom: { timeouts } } = config;
  const configured = Object.hasOwn(peers, written) ? peers[written] : undefined;
  const isUrl = /^https?:\/\//i.test(written);
  if (!isUrl && (configured === undefined || !isDicomwebPeer(configured))) return undefined;
  for (const name of OF_DIMSE) {
    if (!flags[name]) continue;
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new UsageError(`Cannot use ${flag} with a DICOMweb server: it is about associations`);
  }
  const web = configured !== undefined && isDicomwebPeer(configured) ? configured : { url: checkUrl(written) };
  const given = flags.tokenFile === undefined
    ? (isUrl ? env(TOKEN_VARIABLE) || undefined : undefined)
    : readSecret(flags.tokenFile, "token");
  return {
    written,
    web: given === undefined
      ? web
      : { url: web.url, ...(web.aeTitle !== undefined && { aeTitle: web.aeTitle }), token: given },
    timeout: flags.timeout ?? timeouts.response,
    destination: (aeTitle) => callDestination(aeTitle, flags, config, env),
  };
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.username + url.password + url.search + url.hash === "") return text;
  throw new UsageError(
    "Cannot read the URL of a DICOMweb server: expected http(s)://host/path, without user, query and fragment",
  );
}
