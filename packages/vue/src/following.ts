// following: what is done for as long as something stays the same.

import { type WatchSource, watch } from 'vue'

/** Runs `start` for what the source gives, and what that gives once it is another, or the scope ends. */
export const following = <T>(source: WatchSource<T>, start: (now: T) => () => void): (() => void) =>
  watch(source, (now, _, onCleanup) => onCleanup(start(now)), { immediate: true, flush: 'sync' })
