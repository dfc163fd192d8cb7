/**
 * Services that Gantry invokes, and what it proposes for them.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import * as UID from "../../dicom/generated/uid.ts";
import { planAssociations } from "../../services/storage_plan.ts";
import { commitmentAsScu } from "./commitment.ts";
import { named, section, table } from "./markdown.ts";

/** Instances of each kind that PS3.5 10.1 makes a difference for. */
const EXAMPLES = [UID.ExplicitVRLittleEndian, UID.ImplicitVRLittleEndian, UID.JPEGBaseline8Bit];

/** The section on association initiation. */
export function invokedServices({ aeTitle, peers }: Config): string {
  const proposals = EXAMPLES.map((transferSyntax) => {
    const [plan] = planAssociations([{ sopClassUid: UID.CTImageStorage, transferSyntax }], { convert: true });
    const proposed = (plan?.presentationContexts ?? []).map(({ transferSyntaxes }) =>
      transferSyntaxes.map(named).join(", ")
    );
    return [named(transferSyntax), proposed.join("; ")];
  });
  return section(
    "## Association initiation",
    `The calling AE title is \`${aeTitle}\`, unless a peer's configuration or \`--ae-title\` names another one. ` +
      `Configured peers: ${Object.keys(peers).length}. Gantry proposes no asynchronous operations window, and role ` +
      "selection to retrieve by C-GET and to report storage commitment.",
    section(
      "### C-ECHO as SCU",
      "`POST /echo` and `gantry echo` propose Verification in Implicit and Explicit VR Little Endian. Any status but " +
        "0000H is a failure, which the answer or the output reports.",
    ),
    section(
      "### C-STORE as SCU",
      "`gantry send` proposes the SOP class of each instance, one presentation context for each transfer syntax, and " +
        "opens more associations when 128 presentation contexts are not enough. For an instance of CT Image Storage:",
      table(["transfer syntax of the instance", "presentation contexts proposed (parted by semicolons)"], proposals),
      "An instance is sent unchanged if the peer accepts its transfer syntax; an uncompressed one is otherwise " +
        "converted to Explicit or Implicit VR Little Endian. Success and warning statuses count as stored; a failure " +
        "status is reported, and the next instance is sent. An instance whose association ends before its response " +
        "is sent once more.",
      "A gateway whose `routes` lead to a peer proposes the same. Success and warning statuses count as delivered, and so " +
        "does 0111H (duplicate SOP instance). A7xxH, 0110H, 0212H and 0213H are tried again after 5 s to 1 h, for ever; any " +
        "other failure status once more. While a peer can't be reached, or takes no association, it is probed by C-ECHO " +
        "after 1 s to 5 min.",
    ),
    commitmentAsScu(),
    section(
      "### Worklist and performed procedure steps as SCU",
      "`gantry worklist` and `gantry find --worklist` propose Modality Worklist Information Model - FIND in Explicit and " +
        "Implicit VR Little Endian, and cancel by C-CANCEL. The gateway forwards N-CREATE and N-SET of Modality Performed " +
        "Procedure Step to the peers that `mpps.forward` names, in the same transfer syntaxes. Statuses that are successes " +
        "or warnings, and 0111H (duplicate SOP instance) for an N-CREATE, count as taken; anything else is tried again " +
        "after 10 s to 4 h for three days.",
    ),
  );
}
