/**
 * Resources that have to be closed again.
 *
 * @module
 */

/**
 * Resources, closed in reverse order. It is as `AsyncDisposableStack`, which Node 22 does not have: it closes each resource,
 * even after closing another one has failed, and throws the first error in the end.
 */
export class Resources implements AsyncDisposable {
  readonly #held: (AsyncDisposable | Disposable)[] = [];

  /** Closes `resource` later. */
  use<R extends AsyncDisposable | Disposable>(resource: R): R {
    this.#held.push(resource);
    return resource;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (let resource = this.#held.pop(); resource !== undefined; resource = this.#held.pop()) {
      try {
        if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
        else resource[Symbol.dispose]();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
