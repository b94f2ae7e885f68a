// Counts the timers of a process or page: wraps the platform's functions, so it must come before the contender is loaded.

const noTimers = () => 0

export function countTimers(wanted: boolean): () => number {
  if (!wanted) return noTimers
  const live = new Set<unknown>()
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis
  const replaced = {
    setTimeout(run: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) {
      const timer: unknown = setTimeout(() => {
        live.delete(timer)
        run(...args)
      }, delay)
      live.add(timer)
      return timer
    },
    setInterval(run: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) {
      const timer: unknown = setInterval(run, delay, ...args)
      live.add(timer)
      return timer
    },
    clearTimeout(timer: Parameters<typeof clearTimeout>[0]) {
      live.delete(timer)
      clearTimeout(timer)
    },
    clearInterval(timer: Parameters<typeof clearInterval>[0]) {
      live.delete(timer)
      clearInterval(timer)
    },
  }
  Object.assign(globalThis, replaced)
  return () => live.size
}
