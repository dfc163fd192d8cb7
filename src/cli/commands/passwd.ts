/**
 * `gantry passwd`: makes a line of a file of users.
 *
 * @module
 */

import { hashPasscode } from "../../access/passcode.ts";
import { parseUsers } from "../../access/user_file.ts";
import { type Call, defineCommand, ExitCode, type Flags, UsageError } from "../command_line/command.ts";
import type { ReadPasscode } from "../command_line/read_passcode.ts";

const flags = {} as const satisfies Flags;

/** `gantry passwd USER` */
export const passwd = defineCommand({
  name: "passwd",
  summary: "Create an entry for the users file (dicom.users)",
  description:
    "Reads a passcode: twice from a terminal, without showing it, or the first line of standard input. Prints the\n" +
    "user name and a hash of the passcode; the passcode itself is not stored.",
  operands: [{ name: "USER", help: "the user's name" }],
  flags,
  examples: [["passwd ct1 >> users.txt", "Add a user"]],
  failed: "The passcode was empty, or the two entries differed",
  run: async (call) => await runPasswd(call, (await import("../command_line/read_passcode.ts")).readPasscode),
});

/** Runs the command with what reads. */
export async function runPasswd(
  { operands: [user = ""], terminal }: Call<typeof flags>,
  read: ReadPasscode,
): Promise<ExitCode> {
  checkUser(user);
  const passcode = await read(`Passcode of ${user}: `);
  if (!passcode) throw new Error("Cannot hash the passcode: it is empty");
  if (await read("The same again: ") !== passcode) throw new Error("Cannot make a hash: the passcodes differ");
  terminal.out.write(`${user}:${await hashPasscode(passcode)}\n`);
  return ExitCode.Done;
}

/** Only what can be read back will do. */
function checkUser(user: string): void {
  try {
    if (user.trim() === user && parseUsers(`${user}:-`).has(user)) return;
  } catch {
    // It is told below.
  }
  throw new UsageError(
    `Cannot use the name ${
      JSON.stringify(user)
    }: expected one line without : and spaces around it, not beginning with #`,
  );
}
