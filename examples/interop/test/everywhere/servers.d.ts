// Where the servers are that servers.setup.js starts: `inject('kinds')`.
import 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    deflate: string
    farewells: string
    kinds: string
    msgpack: string
    subprotocols: string
  }
}
