/**
 * What a host tells its operator, besides what observers of the gateway see.
 *
 * @module
 */

/** One thing to tell. No notice has patient data in it. */
export interface HostNotice {
  /** How much it matters. */
  readonly level: "info" | "warn" | "error";
  /** A word for programs. */
  readonly event: HostEvent;
  /** A sentence for people. Text from outside is in it as it came: a log has to escape it. */
  readonly message: string;
  /** Numbers that belong to it. */
  readonly details?: Readonly<Record<string, number>>;
}

/**
 * What a notice is about:
 *
 * - `failed`: an unexpected error; the gateway continues.
 * - `connection-failed`: a DICOM connection could not be accepted or secured.
 * - `certificate-replaced`, `certificate-not-replaced`, `certificate-expires`: the files of a certificate.
 * - `rebuilding`, `rebuilt`: the archive's index is made anew from the files.
 * - `attributes`: the index was made without some of the attributes that it is to be searched by.
 * - `recovered`: instances that the index learnt of from the journal, after an end without warning.
 * - `codecs-unavailable`: the process may not start those that codecs run in.
 * - `cut-off`: the drain timeout has passed, and something is still open.
 */
export type HostEvent =
  | "failed"
  | "connection-failed"
  | "certificate-replaced"
  | "certificate-not-replaced"
  | "certificate-expires"
  | "rebuilding"
  | "rebuilt"
  | "attributes"
  | "recovered"
  | "codecs-unavailable"
  | "cut-off";

/** Called with each notice of a host. */
export type OnNotice = (notice: HostNotice) => void;
