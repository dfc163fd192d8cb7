/**
 * The codecs of a gateway: one pool for everything that decodes, encodes and renders.
 *
 * @module
 */

import { FrameCodecs } from "../pixel_data/frame_codecs.ts";
import type { OnNotice } from "./notice.ts";
import type { Platform } from "./platform.ts";

/**
 * Codecs, whose processes are started when a frame needs them. Where none may be started the operator is told, once; RLE, JPEG
 * and pictures then work all the same.
 */
export async function openCodecs(platform: Pick<Platform, "codecPool">, onNotice: OnNotice): Promise<FrameCodecs> {
  const runner = await platform.codecPool();
  if (runner === undefined) {
    const message =
      "Running without codecs for JPEG-LS, JPEG 2000 and HTJ2K: this process has no permission to start the " +
      "processes that they run in (gantry check --permissions names the permission)";
    onNotice({ level: "warn", event: "codecs-unavailable", message });
  }
  return new FrameCodecs({ runner });
}
