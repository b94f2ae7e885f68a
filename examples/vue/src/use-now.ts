// useNow: what time it is, for countdowns.

import { onScopeDispose, type Ref, ref } from 'vue'

/** @param options.interval how often it is read, in milliseconds */
export function useNow({ interval }: { interval: number }): Readonly<Ref<number>> {
  const now = ref(Date.now())
  const timer = setInterval(() => {
    now.value = Date.now()
  }, interval)
  onScopeDispose(() => clearInterval(timer))
  return now
}
