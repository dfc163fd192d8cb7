/**
 * What the commands ask of the library, imported when one of them runs.
 *
 * @module
 */

import type { Echo } from "./echo.ts";
import type { Listen } from "./listen.ts";
import type { Send } from "./send.ts";

/** Sends C-ECHOs on one association. */
export const echo: Echo = (_call) => {
  throw new Error("Cannot echo: the command is not connected to the library");
};

/** Sends files and folders by C-STORE. */
export const send: Send = (_call) => {
  throw new Error("Cannot send: the command is not connected to the library");
};

/** Runs the gateway on TCP or TLS, with the sidecar. */
export const listen: Listen = (_call) => {
  throw new Error("Cannot listen: the command is not connected to the library");
};
