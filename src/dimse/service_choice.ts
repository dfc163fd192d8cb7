/**
 * Which service has a presentation context: one choice, for negotiation and for everything that comes in the context.
 *
 * @module
 */

import type { RequestorRoles, TransferSyntaxPolicy } from "../upper_layer/negotiation.ts";
import type { ExtendedNegotiation } from "../upper_layer/pdu.ts";
import type { Service } from "./service.ts";

/** A service, with what it takes in an abstract syntax. */
export interface ChosenService {
  /** It performs what comes in the context. */
  readonly service: Service;
  /** Its choice among the transfer syntaxes that the context proposes. */
  readonly transferSyntaxes: TransferSyntaxPolicy;
}

/** How many abstract syntaxes are remembered: peers make up as many as they like. */
const MAXIMUM_REMEMBERED = 1000;

/** Chooses among services: the first that takes an abstract syntax has it, those that are `catchAll` come last. */
export class ServiceChoice {
  readonly #services: readonly Service[];
  readonly #chosen = new Map<string, ChosenService | undefined>();

  constructor(services: readonly Service[]) {
    const last = (service: Service) => Number(service.catchAll ?? false);
    this.#services = services.toSorted((one, other) => last(one) - last(other));
  }

  /** The service that has an abstract syntax; undefined when none takes it. */
  of(abstractSyntax: string): ChosenService | undefined {
    if (this.#chosen.has(abstractSyntax)) return this.#chosen.get(abstractSyntax);
    if (this.#chosen.size === MAXIMUM_REMEMBERED) this.#chosen.clear();
    const chosen = this.#choose(abstractSyntax);
    this.#chosen.set(abstractSyntax, chosen);
    return chosen;
  }

  /** Roles that a requestor may play for a SOP class: SCU of what is performed here, SCP of what is invoked here. */
  roles(sopClassUid: string): RequestorRoles {
    return {
      scu: this.of(sopClassUid) !== undefined,
      scp: this.#services.some((service) => service.invokes?.(sopClassUid) ?? false),
    };
  }

  /** The answer to SOP Class Extended Negotiation; undefined for none. */
  negotiate({ sopClassUid, applicationInformation }: ExtendedNegotiation): Uint8Array | undefined {
    return this.of(sopClassUid)?.service.negotiate?.(sopClassUid, applicationInformation);
  }

  #choose(abstractSyntax: string): ChosenService | undefined {
    for (const service of this.#services) {
      const transferSyntaxes = service.transferSyntaxes(abstractSyntax);
      if (transferSyntaxes !== undefined) return { service, transferSyntaxes };
    }
    return undefined;
  }
}
