// A link between clients and the server that can go dead: what was connected over it stays connected and carries nothing
// more, in either direction. What connects afterwards meets a sound link.

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { BenchServer } from './start'

export interface Link {
  /** Where that contender connects to over this link. */
  url(name: string): Promise<string>
  /** Makes every connection half-open that there is. Says when, in milliseconds since the epoch. */
  goDead(): number
  close(): void
}

interface Ends {
  readonly client: Socket
  readonly upstream: Socket
}

export function openLink(server: BenchServer): Link {
  const listeners = new Map<string, Server>()
  const alive = new Set<Ends>()
  const sockets = new Set<Socket>()

  const join = (client: Socket, port: number) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true })
    const ends = { client, upstream }
    alive.add(ends)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.pipe(other)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        // The end of a dead connection is known at one side alone.
        if (alive.delete(ends)) other.destroy()
      })
    }
  }

  const listen = async (port: number): Promise<Server> => {
    const listener = createServer({ noDelay: true }, (client) => join(client, port))
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    return listener
  }

  return {
    async url(name) {
      const target = await server.url(name)
      const listener = listeners.get(target) ?? (await listen(Number(new URL(target).port)))
      listeners.set(target, listener)
      return `ws://127.0.0.1:${(listener.address() as AddressInfo).port}`
    },
    goDead() {
      for (const { client, upstream } of alive) {
        for (const socket of [client, upstream]) socket.unpipe().resume()
      }
      alive.clear()
      return Date.now()
    },
    close() {
      for (const listener of listeners.values()) listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
