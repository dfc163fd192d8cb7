/**
 * The capabilities of a DICOMweb server: the Retrieve Capabilities transaction (PS3.18 8.9).
 *
 * @module
 */

import type { Context } from "hono";
import { escapeXml } from "../../dicom/models/xml_text.ts";
import { isInRange } from "../media_range.ts";
import { acceptedBy, notAcceptable } from "./accepted.ts";
import type { DicomwebFace } from "./face.ts";
import type { Resource } from "./resource.ts";

const WADL = "application/vnd.sun.wadl+xml";
const JSON_TYPE = "application/json";

/** Resources that describe `others`, and themselves. */
export function capabilities(face: DicomwebFace, others: readonly Resource[]): readonly Resource[] {
  const answers = {
    200: {
      description: "The description.",
      content: { [WADL]: { schema: { type: "string" } }, [JSON_TYPE]: { schema: { type: "object" } } },
    },
  };
  const handle = (c: Context) => describe(c, face, [...others, ...own]);
  const about = { path: "", summary: "What the DICOMweb server can do", answers, handle } as const;
  const own: readonly Resource[] = [
    { ...about, method: "OPTIONS", id: "retrieveCapabilities" },
    { ...about, method: "GET", id: "dicomweb" },
  ];
  return own;
}

function describe(c: Context, face: DicomwebFace, resources: readonly Resource[]): Response {
  const ranges = acceptedBy(c);
  for (const { type } of ranges) {
    if (isInRange(WADL, type) || type === "application/xml") {
      return c.body(wadlOf(face.urlFor(c), resources), 200, { "Content-Type": WADL, "Vary": "Accept" });
    }
    if (isInRange(JSON_TYPE, type)) return c.json(jsonOf(face.urlFor(c), resources), 200, { "Vary": "Accept" });
  }
  throw notAcceptable(c, `${WADL} or ${JSON_TYPE}`);
}

/** `/studies/:study` as `/studies/{study}`. */
function templateOf(path: string): string {
  return path.replace(/:(\w+)(?:\{[^}]*\})?/g, "{$1}");
}

function jsonOf(base: string, resources: readonly Resource[]): object {
  return {
    base,
    resources: resources.map(({ method, path, id, summary }) => ({ method, path: templateOf(path), id, summary })),
  };
}

/** A document in the Web Application Description Language. */
function wadlOf(base: string, resources: readonly Resource[]): string {
  const paths = [...new Set(resources.map(({ path }) => path))];
  const parts = paths.map((path) =>
    `<resource path="${escapeXml(templateOf(path).slice(1))}">` +
    Array.from(path.matchAll(/:(\w+)/g), ([, name]) => `<param name="${name}" style="template" required="true"/>`)
      .join("") +
    resources.filter((resource) => resource.path === path).map(({ method, id, summary }) =>
      `<method name="${method}" id="${id}"><doc>${escapeXml(summary)}</doc></method>`
    ).join("") + "</resource>"
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<application xmlns="http://wadl.dev.java.net/2009/02">` +
    `<resources base="${escapeXml(base)}/">${parts.join("")}</resources></application>\n`;
}
