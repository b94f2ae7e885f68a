// A promise that somebody else settles. Nobody owes it a `catch`.

export interface Deferred<T = void> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

export function deferred<T = void>(): Deferred<T> {
  let settle!: Omit<Deferred<T>, 'promise'>
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise: quiet(promise), ...settle }
}

/** The same promise; its rejection is nobody's duty to handle. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** Rejects with the signal's reason if that comes first. Leaves nothing attached. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  const { promise: aborted, reject } = deferred<never>()
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  return quiet(Promise.race([aborted, promise]).finally(() => signal.removeEventListener('abort', abort)))
}

/** What a function of the app gave that has to answer at once. Throws for a promise. */
export function atOnce<T>(value: T): T {
  if (!(value instanceof Promise)) return value
  quiet(value)
  throw new TypeError('It must answer at once, not by a promise.')
}
