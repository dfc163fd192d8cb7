/**
 * Peers as they are written on the command line.
 *
 * @module
 */

import type { Config, PeerConfig, PeerTlsConfig } from "../../config.ts";
import { nearest } from "../../nearest.ts";
import { type DimsePeerConfig, isDimsePeer } from "../../config/peer_kinds.ts";
import type { UserIdentity } from "../../upper_layer/pdu.ts";
import { usernameIdentity } from "../../access/user_identity.ts";
import { type Flags, type Operand, UsageError, type Values } from "./command.ts";
import { configFlag } from "./config_file.ts";
import { readSecret } from "./read_secret.ts";
import { errorText, escapeText } from "../../safe_text.ts";
import type { Terminal } from "../output/terminal.ts";

/** Where a passcode may be: arguments can be read by everybody on a machine. */
const PASSCODE_VARIABLE = "GANTRY_PASSCODE";

/** The operand of every command that calls a peer. */
export const peerOperand: Operand = {
  name: "PEER",
  help: "the peer to call: AET@host:port, or its name in the configuration",
};

/** What commands call the archive of the configuration: no peer may have this name. */
export const ARCHIVE = "ARCHIVE";

/** The flags of every command that calls a peer. */
export const peerFlags = {
  config: configFlag,
  aeTitle: { type: "text", value: "AET", help: "Calling AE title (default: the configuration's, else GANTRY)" },
  tls: { type: "boolean", help: "Use TLS and trust the system's certificate authorities" },
  ca: { type: "text", value: "FILE", help: "Use TLS and trust the certificate authorities in this PEM file" },
  certificate: {
    type: "text",
    value: "FILE",
    help: "Use TLS and present this certificate (PEM) if the peer asks for one",
  },
  key: { type: "text", value: "FILE", help: "Private key (PEM) of that certificate" },
  serverName: {
    type: "text",
    value: "NAME",
    help: "Name expected in the peer's certificate, if it differs from the host",
  },
  user: {
    type: "text",
    value: "NAME",
    help: `User name to send; the passcode comes from ${PASSCODE_VARIABLE} or from`,
  },
  passcodeFile: { type: "text", value: "FILE", help: "this file (without either, only the name is sent)" },
  tokenFile: {
    type: "text",
    value: "FILE",
    help: "File with the bearer token for a DICOMweb server; for a URL, GANTRY_DICOMWEB_TOKEN works too",
  },
  timeout: { type: "duration", value: "TIME", help: "Time limit for each step, such as 5s" },
} as const satisfies Flags;

/** Whom to call, and as whom. */
export interface PeerCall {
  /** As the user wrote it. */
  readonly written: string;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly host: string;
  readonly port: number;
  /** Absent for plain TCP. */
  readonly tls?: PeerTlsConfig;
  /** The user's identity. */
  readonly userIdentity?: UserIdentity;
  /** How it wants to be asked, where the configuration says so. */
  readonly dialect?: NonNullable<PeerConfig["dialect"]>;
  /** Most associations at the same time that instances are moved to it over, where the configuration says so. */
  readonly maxAssociations?: number;
  /** Longest waits in milliseconds. */
  readonly timeouts: Pick<Config["dicom"]["timeouts"], "connect" | "associate" | "response" | "idle" | "release">;
}

/** What operand, flags, environment and configuration together say. Throws UsageError when that can't be. */
export function resolvePeerCall(
  written: string,
  flags: Values<typeof peerFlags>,
  config: Config,
  env: Terminal["env"],
): PeerCall {
  return callTo(findPeer(written, config), written, flags, config, env);
}

/** The call of a peer that was found: what flags say comes before what is said of it. Throws UsageError. */
export function callTo(
  peer: DimsePeerConfig,
  written: string,
  flags: Values<typeof peerFlags>,
  config: Config,
  env: Terminal["env"],
): PeerCall {
  const tls = resolveTls(flags, peer.tls);
  const userIdentity = resolveUser(flags, peer, env);
  const { timeout } = flags;
  return {
    written,
    calledAeTitle: peer.aeTitle,
    callingAeTitle: checkAeTitle(flags.aeTitle ?? peer.callingAeTitle ?? config.aeTitle, "--ae-title"),
    host: peer.host,
    port: peer.port,
    ...(tls && { tls }),
    ...(userIdentity && { userIdentity }),
    ...(peer.dialect && { dialect: peer.dialect }),
    ...(peer.maxAssociations !== undefined && { maxAssociations: peer.maxAssociations }),
    timeouts: {
      ...config.dicom.timeouts,
      ...(timeout !== undefined &&
        { connect: timeout, associate: timeout, response: timeout, idle: timeout, release: timeout }),
    },
  };
}

/** Any flag that is about TLS asks for it. */
function resolveTls(flags: Values<typeof peerFlags>, configured: PeerTlsConfig | undefined): PeerTlsConfig | undefined {
  const { ca, certificate, key, serverName } = flags;
  const given = { ...configured, ...defined({ ca, certificate, key, serverName }) };
  if ((given.certificate === undefined) !== (given.key === undefined)) {
    throw new UsageError("Cannot speak TLS: --certificate and --key go together");
  }
  for (const file of [given.ca, given.certificate, given.key]) if (file !== undefined) checkFile(file);
  return flags.tls || Object.keys(given).length > 0 ? given : configured;
}

/** Throws UsageError where a file can't be read: the user has to correct the call, or the configuration. */
function checkFile(file: string): void {
  try {
    Deno.readTextFileSync(file);
  } catch (error) {
    throw new UsageError(`Cannot speak TLS: ${escapeText(file)} can't be read: ${errorText(error)}`);
  }
}

/** The passcode of a user named here is never that of another user in the configuration. */
function resolveUser(
  { user, passcodeFile }: Values<typeof peerFlags>,
  peer: DimsePeerConfig,
  env: Terminal["env"],
): UserIdentity | undefined {
  const name = user ?? peer.user;
  if (name === undefined) {
    if (passcodeFile === undefined) return undefined;
    throw new UsageError("Cannot use --passcode-file: it requires --user");
  }
  if (passcodeFile !== undefined) return usernameIdentity(name, readSecret(passcodeFile, "passcode"));
  const configured = user === undefined ? peer.passcode : undefined;
  return usernameIdentity(name, configured ?? (env(PASSCODE_VARIABLE) || undefined));
}

/** Without what is undefined. */
function defined<Value>(values: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
  );
}

/** The peer that `text` names. */
export function findPeer(text: string, { peers }: Config): DimsePeerConfig {
  if (/^https?:\/\//i.test(text)) throw notByDimse(text);
  if (text.includes("@")) return parsePeer(text);
  if (text === ARCHIVE) throw new UsageError("Cannot call ARCHIVE: this command needs a peer on the network");
  const configured = Object.hasOwn(peers, text) ? peers[text] : undefined;
  if (configured !== undefined) {
    if (isDimsePeer(configured)) return configured;
    throw notByDimse(text);
  }
  const suggestion = nearest(text, Object.keys(peers));
  const known = Object.keys(peers).length === 0
    ? "the configuration names no peers, so write AET@host:port"
    : suggestion
    ? `did you mean ${suggestion}?`
    : `expected AET@host:port or one of ${Object.keys(peers).join(", ")}`;
  throw new UsageError(`Cannot find the peer ${JSON.stringify(text)}: ${known}`);
}

function notByDimse(text: string): UsageError {
  return new UsageError(
    `Cannot call ${escapeText(text)}: it is a DICOMweb server, and this command needs a peer that speaks DIMSE`,
  );
}

/** Reads `AET@host:port`; an IPv6 address stands in brackets, and the AE title may hold an @ itself. */
export function parsePeer(text: string): DimsePeerConfig {
  const [, aeTitle = "", bracketed, name, digits] = /^(.*)@(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/s.exec(text) ?? [];
  const host = bracketed ?? name ?? "";
  const port = Number(digits);
  const legalHost = bracketed === undefined ? /^[A-Za-z0-9._-]{1,253}$/ : /^[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?$/;
  if (!legalHost.test(host) || !(port >= 1 && port <= 65535)) {
    throw new UsageError(
      `Cannot read the peer ${
        JSON.stringify(text)
      }: expected AET@host:port, such as PACS@192.0.2.7:104 or PACS@[::1]:104`,
    );
  }
  return { aeTitle: checkAeTitle(aeTitle, "the peer"), host, port };
}

/** PS3.5 6.2: VR AE is 1 to 16 characters of the default repertoire without \ and controls. */
export function checkAeTitle(text: string, where: string): string {
  if (/^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(text) && text.trim() === text) return text;
  const expected = "1 to 16 printable ASCII characters without \\";
  throw new UsageError(`Cannot use the AE title of ${where}: found ${JSON.stringify(text)}, expected ${expected}`);
}
