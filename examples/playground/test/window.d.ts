// What the tests keep in the page while they look at it.
interface Window {
  longestGap?: number
  states?: Record<string, string[]>
  renders?: { frames: number; lanes: Record<string, number> }
  axe: typeof import('axe-core')
}
