// Starts the server's process.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { contender } from '../contenders'
import { seeNamed } from '../process'
import type { Ports } from './server'

export interface BenchServer {
  /** Where that contender connects to. */
  url(name: string): Promise<string>
  /** Resets every TCP connection that there is. */
  reset(): Promise<void>
  stop(): Promise<void>
}

export async function startServer(): Promise<BenchServer> {
  const child = fork(fileURLToPath(new URL('./server.js', import.meta.url)))
  const ports = await seeNamed<Ports>(child, 'ports')
  return {
    async url(name) {
      const { speaks } = await contender(name)
      return `ws://127.0.0.1:${ports[speaks]}`
    },
    async reset() {
      const done = seeNamed(child, 'was-reset')
      child.send({ type: 'reset' })
      await done
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      await ended
    },
  }
}
