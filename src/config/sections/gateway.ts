/**
 * The whole configuration of a gateway.
 *
 * @module
 */

import type { Broken, Keys, Section } from "../entry.ts";
import type { Config } from "../generated/model.ts";
import { archiveSection } from "./archive.ts";
import { dicomSection } from "./dicom.ts";
import { httpSection } from "./http.ts";
import { peerSection } from "./peers.ts";
import { tlsSection } from "./tls.ts";

/** Keys of the whole configuration. */
export const configKeys = {
  aeTitle: {
    type: "aeTitle",
    default: "GANTRY",
    description: "AE title of this gateway, of 1 to 16 characters: its peers call it, and it calls them by it",
  },
  dicom: dicomSection,
  tls: tlsSection,
  http: httpSection,
  archive: archiveSection,
  peers: {
    type: "map",
    values: peerSection,
    expected: "a mapping of names to peers",
    exampleName: "PACS",
    description: "Peers that can be called by name: gantry echo PACS",
  },
} as const satisfies Keys;

/** The configuration of a gateway, as a section. */
export const configSection: Section<Config> = {
  type: "section",
  typeName: "Config",
  description: "Configuration of Gantry",
  keys: configKeys,
  rules: [
    ({ dicom, tls }) =>
      dicom.allow.flatMap(({ certificate, users }, index): Broken[] => {
        const path = (key: string) => ["dicom", "allow", index, key];
        const needsClientCa = certificate !== undefined && tls?.clientCa === undefined;
        const needsUsers = users !== undefined && dicom.users === undefined;
        const clientCa = "tls.clientCa as well; without it no client is asked for a certificate";
        return [
          ...(needsClientCa ? [{ path: path("certificate"), expected: clientCa }] : []),
          ...(needsUsers ? [{ path: path("users"), expected: "dicom.users as well, the file of users" }] : []),
        ];
      }),
    ({ dicom, tls }) =>
      tls?.native && (tls.clientCa !== undefined || tls.profile !== "bcp195" || dicom.proxies.length > 0)
        ? {
          path: ["tls", "native"],
          expected: "false, with tls.clientCa, dicom.proxies or tls.profile bcp195-extended",
        }
        : undefined,
  ],
};
