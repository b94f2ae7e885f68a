// useFields: what a component shows of something, rendered again for the fields that it read.

import { useMemo, useSyncExternalStore } from 'react'

interface Face<Result> {
  readonly fields: {
    subscribe(listener: () => void): () => void
    version(): number
    serverVersion(): number
  }
  /** Another object each time. */
  readonly result: () => Result
}

/** Another object when one of the fields that were read is another. */
export function useFields<Result>(face: Face<Result>): Result {
  const { subscribe, version, serverVersion } = face.fields
  const seen = useSyncExternalStore(subscribe, version, serverVersion)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version has other values
  return useMemo(() => face.result(), [face, seen])
}
