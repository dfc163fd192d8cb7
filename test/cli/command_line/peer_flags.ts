/** The flags of commands that call a peer, when none is given. */

import type { peerFlags } from "../../../src/cli/command_line/peer.ts";
import type { Values } from "../../../src/cli/command_line/command.ts";

export const noPeerFlags: Values<typeof peerFlags> = {
  config: undefined,
  aeTitle: undefined,
  tls: false,
  ca: undefined,
  certificate: undefined,
  key: undefined,
  serverName: undefined,
  user: undefined,
  passcodeFile: undefined,
  tokenFile: undefined,
  timeout: undefined,
};
