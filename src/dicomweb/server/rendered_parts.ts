/**
 * Pictures in parts, one after the other as they are made.
 *
 * @module
 */

import type { Context } from "hono";
import type { PictureType } from "../../pixel_data/rendering/render.ts";
import { streamOf } from "../../streams/stream_of.ts";
import { makeBoundary, partHead, partsEnd } from "../multipart_writer.ts";
import { multipartType } from "./multipart_body.ts";
import { RequestProblem } from "./request_problem.ts";

/** A picture, and the URL of that picture alone. */
export interface PicturePart {
  readonly bytes: Uint8Array;
  readonly location: string;
}

/** The answer with these pictures. Throws the error of the first picture, and `RequestProblem` without any picture. */
export async function respondWithPictures(
  c: Context,
  type: PictureType,
  pictures: AsyncGenerator<PicturePart>,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const first = await pictures.next();
  if (first.done === true) throw new RequestProblem("NotAcceptable", "There is no image here that can be rendered");
  const boundary = makeBoundary();
  return c.body(streamOf(partsOf(boundary, type, first.value, pictures)), 200, {
    "Content-Type": multipartType(type, boundary),
    "Cache-Control": "private, no-cache, no-transform",
    "Vary": "Accept",
    ...headers,
  });
}

async function* partsOf(
  boundary: string,
  type: PictureType,
  first: PicturePart,
  others: AsyncGenerator<PicturePart>,
): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  const headOf = ({ location }: PicturePart, isFirst: boolean) =>
    encoder.encode(partHead(boundary, { "Content-Type": type, "Content-Location": location }, isFirst));
  try {
    yield headOf(first, true);
    yield first.bytes;
    for await (const picture of others) {
      yield headOf(picture, false);
      yield picture.bytes;
    }
    yield encoder.encode(partsEnd(boundary));
  } finally {
    await others.return(undefined);
  }
}
