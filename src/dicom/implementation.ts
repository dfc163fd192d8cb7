/**
 * How Gantry names itself to peers and in files.
 *
 * @module
 */

/**
 * Gantry's Implementation Class UID (PS3.7 D.3.3.2, PS3.10 7.1), which is also the root of UIDs that it makes under its own
 * name: a UUID under 2.25 (PS3.5 B.2), fixed for good.
 */
export const IMPLEMENTATION_CLASS_UID = "2.25.314043983615236483507075690368143595777";

/** Gantry's version; a test holds it to the one in `deno.json`. */
export const VERSION = "0.1.0";

/** Gantry's Implementation Version Name, 1 to 16 characters (PS3.7 D.3.3.2, PS3.10 7.1). */
export const IMPLEMENTATION_VERSION_NAME: string = `GANTRY_${VERSION.replaceAll(".", "_")}`;
