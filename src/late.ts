/**
 * What is loaded when it is first needed: `import` of a part of the program that not everybody uses.
 *
 * @module
 */

/** Something that is loaded once. Those who ask while it is being loaded wait for the same. */
export class Late<Value> {
  readonly #load: () => Promise<Value>;
  #loading: Promise<Value> | undefined;
  #loaded: Value | undefined;

  constructor(load: () => Promise<Value>) {
    this.#load = load;
  }

  /** What was loaded; undefined until then. */
  get loaded(): Value | undefined {
    return this.#loaded;
  }

  /** Loads it where that was not done. Rejects as the load does, which is then tried again by the next who asks. */
  get(): Promise<Value> {
    return this.#loading ??= this.#begin();
  }

  /** What was loaded, or is just being loaded; undefined where nobody has asked, or the load failed. */
  async ifWanted(): Promise<Value | undefined> {
    return await this.#loading?.catch(() => undefined);
  }

  async #begin(): Promise<Value> {
    try {
      return this.#loaded = await this.#load();
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
  }
}
