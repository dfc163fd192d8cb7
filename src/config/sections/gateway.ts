/**
 * The whole configuration of a gateway.
 *
 * @module
 */

import type { Broken, Keys, Section } from "../entry.ts";
import type { Config } from "../generated/model.ts";
import { archiveSection } from "./archive.ts";
import { commitmentSection } from "./commitment.ts";
import { dicomSection } from "./dicom.ts";
import { dicomwebSection } from "./dicomweb.ts";
import { httpSection } from "./http.ts";
import { peerSection } from "./peers.ts";
import { nearest } from "../../nearest.ts";
import { needsToken } from "../needs_token.ts";
import { isDimsePeer } from "../peer_kinds.ts";
import { destinationSection } from "./destinations.ts";
import { alertsSection, queueSection } from "./queue.ts";
import { routeSection } from "./routes.ts";
import { routingSection } from "./routing.ts";
import { brokenRouting, lookIntoRoutes } from "./whole_routing.ts";
import { tlsSection } from "./tls.ts";
import { mppsSection, worklistSection } from "./worklist.ts";

/** Keys of the whole configuration. */
export const configKeys = {
  aeTitle: {
    type: "aeTitle",
    default: "GANTRY",
    description: "AE title of this gateway, 1 to 16 characters, both as called and as calling AE title",
  },
  dicom: dicomSection,
  tls: tlsSection,
  http: httpSection,
  archive: archiveSection,
  dicomweb: dicomwebSection,
  peers: {
    type: "map",
    values: peerSection,
    expected: "a mapping of names to peers",
    exampleName: "PACS",
    description: "Peers that can be called by name: gantry echo PACS",
  },
  answers: {
    type: "map",
    names: "aeTitle",
    values: {
      type: "list",
      items: { type: "line", description: "archive, or the name of a peer" },
      required: true,
      example: ["archive"],
      expected: "a list of archive and names of peers, such as [archive, PACS]",
      description: "Sources for queries and retrievals, in order of preference",
    },
    expected: "a mapping of called AE titles to lists of archive and names of peers",
    exampleName: "default",
    description: "Sources that answer C-FIND, C-MOVE and C-GET, by called AE title, and DICOMweb",
    details:
      "default is for DICOMweb and for all AE titles that are neither here nor that of a peer with url; without this key " +
      "it is [archive]. " +
      "With [] no source answers.",
  },
  commitment: commitmentSection,
  worklist: worklistSection,
  mpps: mppsSection,
  destinations: {
    type: "map",
    values: destinationSection,
    expected: "a mapping of names to destinations",
    exampleName: "DISK",
    description: "Destinations of routes; every peer is a destination too, under its name",
  },
  routes: {
    type: "list",
    items: routeSection,
    expected: "a list of routes",
    default: [],
    description: "Routes, which send instances on; without routes instances only stay in the archive",
  },
  routing: routingSection,
  queue: queueSection,
  alerts: alertsSection,
} as const satisfies Keys;

/** The configuration of a gateway, as a section. */
export const configSection: Section<Config> = {
  type: "section",
  typeName: "Config",
  description: "Configuration of Gantry",
  keys: configKeys,
  lookInto: lookIntoRoutes,
  rules: [
    brokenRouting,
    ({ archive, commitment }) =>
      archive.retain !== "always" && commitment.enabled
        ? {
          path: ["archive", "retain"],
          expected: "always, or commitment.enabled as false: what is promised has to stay",
        }
        : undefined,
    ({ archive }) =>
      archive.retain === "while-disk-lasts" && archive.keepFree <= archive.reserve
        ? { path: ["archive", "keepFree"], expected: "more than archive.reserve: below that instances are refused" }
        : undefined,
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
    ({ dicom, http }) => {
      const everywhere = ["0.0.0.0", "::"];
      const meet = dicom.host === http.host || [dicom.host, http.host].some((host) => everywhere.includes(host));
      return dicom.port === http.port && dicom.port !== 0 && meet
        ? { path: ["http", "port"], expected: "another port than dicom.port" }
        : undefined;
    },
    // On the command line, and in answers, this name is that of the gateway's own archive.
    ({ peers }) =>
      Object.keys(peers).flatMap((name): Broken[] =>
        name.toLowerCase() === "archive"
          ? [{ path: ["peers", name], expected: "another name: this one stands for the gateway's own archive" }]
          : []
      ),
    ({ mpps: { forward }, peers }) =>
      forward.flatMap((name, index): Broken[] => {
        const path = ["mpps", "forward", index];
        const isKnown = Object.hasOwn(peers, name);
        if (isKnown) return isDimsePeer(peers[name]!) ? [] : [{ path, expected: "a peer with a host, not a URL" }];
        const meant = nearest(name, Object.keys(peers));
        const expected = meant === undefined ? "a name in peers" : `${meant} (did you mean that?)`;
        return [{ path, expected }];
      }),
    ({ dicomweb, http }) => {
      const index = !needsToken(http) ? dicomweb.origins.indexOf("*") : -1;
      const expected =
        "http.token, tokens or oidc as well, or the origins by name: without a token any web page could read the archive";
      return index < 0 ? undefined : { path: ["dicomweb", "origins", index], expected };
    },
    ({ aeTitle, peers }) =>
      Object.entries(peers).flatMap(([name, peer]): Broken[] =>
        peer.url !== undefined && peer.aeTitle === aeTitle
          ? [{ path: ["peers", name, "aeTitle"], expected: "another AE title than the gateway's own" }]
          : []
      ),
    ({ answers, peers }) =>
      Object.entries(answers).flatMap(([aeTitle, names]) =>
        names.flatMap((name, index): Broken[] => {
          if (name === "archive" || Object.hasOwn(peers, name)) return [];
          const meant = nearest(name, ["archive", ...Object.keys(peers)]);
          const expected = meant === undefined ? "archive or a name in peers" : `${meant} (did you mean that?)`;
          return [{ path: ["answers", aeTitle, index], expected }];
        })
      ),
  ],
};
