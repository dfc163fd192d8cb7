/**
 * The archive of the configuration, where a command may work on it in the place of a peer.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import type { DimsePeerConfig } from "../../config/peer_kinds.ts";
import type { Terminal } from "../output/terminal.ts";
import { type Operand, UsageError, type Values } from "./command.ts";
import { callDestination } from "./destination.ts";
import { ARCHIVE, callTo, type PeerCall, type peerFlags, resolvePeerCall } from "./peer.ts";
import { resolveWebCall, type WebCall } from "./web_call.ts";

/** The operand of commands that work on the archive, too. */
export const sourceOperand: Operand = {
  name: "PEER",
  help: "AET@host:port, a DICOMweb URL, the name of a peer in the configuration, or ARCHIVE for its archive",
};

/** The archive of a configuration, and whom to ask in its place while a gateway has it open. */
export interface ArchiveCall {
  /** As the user wrote it. */
  readonly written: typeof ARCHIVE;
  readonly config: Config;
  /** AE title that works on it. */
  readonly callingAeTitle: string;
  /**
   * The call of the gateway of this configuration. What is asked, and not only stored, needs an AE title behind which the
   * archive stands alone; throws an Error if it does not exist, or no port is known.
   */
  readonly gateway: (purpose: "ask" | "store") => PeerCall;
  /** The call of the peer that has an AE title. Throws UsageError where none is configured. */
  readonly destination: (aeTitle: string) => PeerCall;
}

/** A peer, the archive of the configuration, or a DICOMweb server. */
export type SourceCall = PeerCall | ArchiveCall | WebCall;

/** Whether a call is for the archive. */
export function isArchiveCall(call: SourceCall): call is ArchiveCall {
  return "gateway" in call;
}

/** Whether a call is for a DICOMweb server. */
export function isWebCall(call: SourceCall): call is WebCall {
  return "web" in call;
}

/** As `resolvePeerCall()`, where `ARCHIVE` and DICOMweb servers may be written in the place of a peer. Throws UsageError. */
export function resolveSourceCall(
  written: string,
  flags: Values<typeof peerFlags>,
  config: Config,
  env: Terminal["env"],
): SourceCall {
  if (written !== ARCHIVE) {
    if (written.toUpperCase() === ARCHIVE && !Object.hasOwn(config.peers, written)) {
      throw new UsageError(`Cannot find the peer ${JSON.stringify(written)}: did you mean ${ARCHIVE}?`);
    }
    return resolveWebCall(written, flags, config, env) ?? resolvePeerCall(written, flags, config, env);
  }
  const own = callTo(gatewayOf(config), ARCHIVE, flags, config, env);
  return {
    written: ARCHIVE,
    config,
    callingAeTitle: own.callingAeTitle,
    gateway(purpose) {
      if (config.dicom.port === 0) {
        throw new Error("Cannot ask the gateway that has the archive open: its port is not known (dicom.port is 0)");
      }
      return { ...own, calledAeTitle: purpose === "ask" ? archiveAeTitle(config) : config.aeTitle };
    },
    destination: (aeTitle) => callDestination(aeTitle, flags, config, env),
  };
}

/** Addresses that mean every address of a machine, and one of its own for each. */
const OWN_ADDRESSES: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

function gatewayOf({ aeTitle, dicom: { host, port }, tls }: Config): DimsePeerConfig {
  return { aeTitle, host: OWN_ADDRESSES[host] ?? host, port, ...(tls !== undefined && { tls: {} }) };
}

/** An AE title behind which the gateway has its archive and nothing else: its own, where that is so. */
function archiveAeTitle({ aeTitle, answers, dicom: { requireCalledAeTitle } }: Config): string {
  const isArchive = (names: readonly string[] = ["archive"]) => names.length === 1 && names[0] === "archive";
  if (isArchive(answers[aeTitle] ?? answers.default)) return aeTitle;
  const [other] = Object.entries(answers).find(([title, names]) => title !== "default" && isArchive(names)) ?? [];
  if (other !== undefined && !requireCalledAeTitle) return other;
  throw new Error(
    "Cannot ask the gateway that has the archive open: it answers with its archive alone at no AE title (answers)",
  );
}
