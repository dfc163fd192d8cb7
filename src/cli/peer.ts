/**
 * Peers as they are written on the command line.
 *
 * @module
 */

import type { Config, Peer } from "../config.ts";
import { nearest } from "../config/nearest.ts";
import { type Flags, type Operand, UsageError, type Values } from "./command.ts";
import { configFlag } from "./config_file.ts";

/** The operand of every command that calls a peer. */
export const peerOperand: Operand = {
  name: "PEER",
  help: "the peer to call: AET@host:port, or its name in the configuration",
};

/** The flags of every command that calls a peer. */
export const peerFlags = {
  config: configFlag,
  aeTitle: { type: "text", value: "AET", help: "Calling AE title (default: the configuration's, else GANTRY)" },
  tls: { type: "boolean", help: "Speak TLS, trusting the system's authorities" },
  ca: { type: "text", value: "FILE", help: "Speak TLS, trusting the authorities in this PEM file" },
  timeout: { type: "duration", value: "TIME", help: "Longest wait for each step, such as 5s" },
} as const satisfies Flags;

/** Whom to call, and as whom. */
export interface PeerCall {
  /** As the user wrote it. */
  readonly written: string;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly host: string;
  readonly port: number;
  /** Absent for plain TCP; `ca` is the path of a PEM file. */
  readonly tls?: { readonly ca?: string };
  /** Longest waits in milliseconds. */
  readonly timeouts: Pick<Config["dicom"]["timeouts"], "connect" | "associate" | "response" | "idle" | "release">;
}

/** What operand, flags and configuration together say. Throws UsageError when the peer is none. */
export function resolvePeerCall(written: string, flags: Values<typeof peerFlags>, config: Config): PeerCall {
  const peer = findPeer(written, config);
  const tls = flags.ca === undefined ? (flags.tls ? peer.tls ?? {} : peer.tls) : { ca: flags.ca };
  const { timeout } = flags;
  return {
    written,
    calledAeTitle: peer.aeTitle,
    callingAeTitle: checkAeTitle(flags.aeTitle ?? peer.callingAeTitle ?? config.aeTitle, "--ae-title"),
    host: peer.host,
    port: peer.port,
    ...(tls && { tls }),
    timeouts: {
      ...config.dicom.timeouts,
      ...(timeout !== undefined && { connect: timeout, associate: timeout, response: timeout, idle: timeout }),
    },
  };
}

/** The peer that `text` names. */
export function findPeer(text: string, { peers }: Config): Peer {
  if (text.includes("@")) return parsePeer(text);
  if (Object.hasOwn(peers, text) && peers[text]) return peers[text];
  const suggestion = nearest(text, Object.keys(peers));
  const known = Object.keys(peers).length === 0
    ? "the configuration names no peers, so write AET@host:port"
    : suggestion
    ? `did you mean ${suggestion}?`
    : `expected AET@host:port or one of ${Object.keys(peers).join(", ")}`;
  throw new UsageError(`Cannot find the peer ${JSON.stringify(text)}: ${known}`);
}

/** Reads `AET@host:port`; an IPv6 address stands in brackets, and the AE title may hold an @ itself. */
export function parsePeer(text: string): Peer {
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
function checkAeTitle(text: string, where: string): string {
  if (/^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(text) && text.trim() === text) return text;
  const expected = "1 to 16 printable ASCII characters without \\";
  throw new UsageError(`Cannot use the AE title of ${where}: found ${JSON.stringify(text)}, expected ${expected}`);
}
