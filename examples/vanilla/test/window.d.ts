// What the tests keep in a page's window.
interface Window {
  countdown?: number
  statuses?: string[]
}
