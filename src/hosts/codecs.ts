/**
 * The codecs of a gateway: one pool of processes decodes, encodes and renders everything.
 *
 * @module
 */

import { FrameCodecs } from "../pixel_data/frame_codecs.ts";
import type { OnNotice } from "./notice.ts";
import type { Platform } from "./platform.ts";

/**
 * Codecs that start processes when a frame needs them. If the gateway may not start processes, the operator gets one notice;
 * RLE, JPEG and pictures then work all the same.
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
