// A TCP proxy in front of a server on loopback: the faults of real networks, made on demand.

import { connect, createServer, type Server, type Socket } from 'node:net'

/** `up` is client to server. */
export type Direction = 'up' | 'down'
export type Directions = Direction | 'both'

/** What the network does to bytes of one direction. */
interface Weather {
  /** Bytes are accepted and go nowhere. */
  stalled: boolean
  /** Milliseconds that each byte is under way. */
  latency: number
  /** Bytes per second, on each connection. */
  rate: number
}

/** Above so many bytes on a slow link the proxy stops reading, so that the sender's own buffer fills. */
const slowLinkBuffer = 65_536

export interface TestProxy {
  readonly port: number
  /** Connections accepted so far and those alive now; bytes that came in from either side, forwarded or not. */
  counts(): { accepted: number; alive: number; bytesUp: number; bytesDown: number }
  /** Stops listening: new connections meet a closed port. Those that exist live on. */
  refuse(): void
  /** Listens again, on the same port. */
  accept(): Promise<void>
  /** Ends all connections with a reset. */
  reset(): void
  /** Ends all connections cleanly, with a FIN to both sides. */
  end(): void
  /** Accepts bytes and forwards none: half-open, on connections that exist and new ones. An end is held back too. */
  stall(directions?: Directions): void
  /** Forwards what a stall held back. Latency and rate are what they were. */
  heal(): void
  /** New connections are accepted and never answered. Those stay so for ever. */
  blackHole(on?: boolean): void
  /** @param bytesPerSecond `Infinity` (or null, as JSON has it) sets it free */
  slow(bytesPerSecond: number | null, directions?: Directions): void
  latency(ms: number, directions?: Directions): void
  /** Forwards so many more bytes on each connection, then resets it: breaks in the middle of a frame. */
  cut(bytes: number, direction?: Direction): void
  close(): void
}

/** @param changed called whenever the counts have changed */
export async function startProxy(target: number, changed: () => void): Promise<TestProxy> {
  const weather = { up: fairWeather(), down: fairWeather() }
  const bytes = { up: 0, down: 0 }
  const links = new Set<Link>()
  const holes = new Set<Socket>()
  let accepted = 0
  let swallowing = false
  let listener: Server | undefined

  const meet = (client: Socket) => {
    accepted += 1
    if (swallowing) swallow(client)
    else link(client)
    changed()
  }

  const swallow = (client: Socket) => {
    holes.add(client)
    client.unref().resume()
    client.on('error', ignore).on('close', () => {
      holes.delete(client)
      changed()
    })
  }

  const link = (client: Socket) => {
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const took = (direction: Direction) => (count: number) => {
      bytes[direction] += count
      changed()
    }
    const ends: Link = {
      client,
      server,
      up: new Lane(client, server, weather.up, took('up')),
      down: new Lane(server, client, weather.down, took('down')),
    }
    links.add(ends)
    client.on('close', () => {
      links.delete(ends)
      changed()
    })
  }

  const listen = async (port: number) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, meet)
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(port, '127.0.0.1', resolve),
    )
    listener = server.unref()
    return (server.address() as { port: number }).port
  }

  const lanes = (directions: Directions) =>
    [...links].flatMap(({ up, down }) =>
      directions === 'both' ? [up, down] : directions === 'up' ? [up] : [down],
    )

  const change = (directions: Directions, settings: Partial<Weather>) => {
    if (directions !== 'down') Object.assign(weather.up, settings)
    if (directions !== 'up') Object.assign(weather.down, settings)
    for (const lane of lanes(directions)) lane.pump()
  }

  const resetLink = ({ client, server }: Link) => {
    reset(client)
    reset(server)
  }

  const port = await listen(0)
  const proxy: TestProxy = {
    port,
    counts: () => ({ accepted, alive: links.size + holes.size, bytesUp: bytes.up, bytesDown: bytes.down }),
    refuse() {
      listener?.close()
      listener = undefined
    },
    async accept() {
      if (!listener) await listen(port)
    },
    reset() {
      links.forEach(resetLink)
      holes.forEach(reset)
    },
    end() {
      for (const { client, server } of links) {
        client.end()
        server.end()
      }
    },
    stall: (directions = 'both') => change(directions, { stalled: true }),
    heal: () => change('both', { stalled: false }),
    blackHole(on = true) {
      swallowing = on
    },
    slow: (bytesPerSecond, directions = 'both') => change(directions, { rate: bytesPerSecond ?? Infinity }),
    latency: (ms, directions = 'both') => change(directions, { latency: ms }),
    cut(after, direction = 'up') {
      for (const link of links) link[direction].cut(after, () => resetLink(link))
    },
    close() {
      proxy.refuse()
      proxy.reset()
    },
  }
  return proxy
}

interface Link {
  readonly client: Socket
  readonly server: Socket
  readonly up: Lane
  readonly down: Lane
}

/** One direction of one connection. */
class Lane {
  readonly #from: Socket
  readonly #to: Socket
  readonly #weather: Weather
  readonly #held: Array<{ readonly bytes: Buffer; readonly at: number }> = []
  #heldBytes = 0
  /** Waits for a timer or for the receiver, and pumps by itself when that has come. */
  #waiting = false
  #ending: 'end' | 'reset' | undefined
  #cut: { left: number; readonly then: () => void } | undefined

  constructor(from: Socket, to: Socket, weather: Weather, took: (bytes: number) => void) {
    this.#from = from
    this.#to = to
    this.#weather = weather
    from.unref()
    from.on('data', (bytes) => {
      this.#held.push({ bytes, at: performance.now() })
      this.#heldBytes += bytes.length
      took(bytes.length)
      this.pump()
    })
    from.on('end', () => this.#end('end'))
    from.on('error', ignore)
    from.on('close', (failed) => this.#end(failed ? 'reset' : 'end'))
  }

  /** Forwards what may go now. */
  pump(): void {
    while (!this.#waiting && !this.#weather.stalled && this.#to.writable) {
      const head = this.#held[0]
      if (!head) {
        if (this.#ending === 'end') this.#to.end()
        if (this.#ending === 'reset') reset(this.#to)
        break
      }
      const early = head.at + this.#weather.latency - performance.now()
      if (early > 0) this.#later(early)
      else this.#forward(head.bytes)
    }
    this.#press()
  }

  cut(after: number, then: () => void): void {
    this.#cut = { left: after, then }
    if (after === 0) then()
  }

  #forward(bytes: Buffer): void {
    const { rate } = this.#weather
    // On a slow link, as much as passes in 10 ms.
    const size = Math.min(bytes.length, Math.ceil(rate / 100), this.#cut?.left ?? Infinity)
    const rest = bytes.subarray(size)
    if (rest.length > 0) this.#held[0] = { bytes: rest, at: 0 }
    else this.#held.shift()
    this.#heldBytes -= size
    const cut = this.#cut
    if (cut) cut.left -= size
    const last = cut?.left === 0
    if (last) this.#waiting = true
    const flows = this.#to.write(bytes.subarray(0, size), last ? cut.then : undefined)
    if (last) return
    if (!flows) this.#until((resume) => this.#to.once('drain', resume))
    else if (rate < Infinity) this.#later((size / rate) * 1_000)
  }

  #later(ms: number): void {
    this.#until((resume) => setTimeout(resume, ms).unref())
  }

  #until(wait: (resume: () => void) => void): void {
    this.#waiting = true
    wait(() => {
      this.#waiting = false
      this.pump()
    })
  }

  #end(how: 'end' | 'reset'): void {
    this.#ending ??= how
    this.pump()
  }

  /** Backpressure: what the receiver or a slow link does not take stays with the sender. A stall takes everything. */
  #press(): void {
    const { stalled, latency } = this.#weather
    const full = this.#heldBytes > slowLinkBuffer && !stalled && latency === 0
    if (full) this.#from.pause()
    else this.#from.resume()
  }
}

/**
 * A reset at once. Node's own flushes and sends a FIN first; and where it meets a socket that is sending its FIN, the
 * socket is never closed and the process can't exit (`uv_tcp_close_reset` refuses, Node 20).
 */
export function reset(socket: Socket): void {
  const sendsFin = socket.writableEnded && !socket.writableFinished
  socket.destroySoon = socket.destroy
  if (sendsFin) socket.destroy()
  else socket.resetAndDestroy()
}

function fairWeather(): Weather {
  return { stalled: false, latency: 0, rate: Infinity }
}

function ignore(): void {
  // A broken connection is what this proxy is for; its `close` follows.
}
