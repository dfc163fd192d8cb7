/**
 * What has to be closed again.
 *
 * @module
 */

/**
 * Resources, closed in reverse order. It does what `AsyncDisposableStack` does, which Node 22 doesn't have: each is closed
 * even where another can't be, and the first error is thrown in the end.
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
