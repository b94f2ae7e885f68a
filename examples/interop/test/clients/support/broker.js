// Starts brokers of this machine as processes of the test's own, on free ports and with their files in a temporary folder.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../../../common/listen.js'

/**
 * Why a program can't be started here, if so.
 *
 * @param {string} program
 * @param {string} debianPackage
 */
export function missing(program, debianPackage) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  return folders.some((folder) => existsSync(join(folder, program)))
    ? undefined
    : `no ${program} here (Debian: apt-get install ${debianPackage})`
}

/** A port that was free just now. */
export async function freePort() {
  const { port, close } = await listen(createServer())
  await close()
  return port
}

/**
 * @typedef {object} Place
 * @property {string} folder for the broker's files; removed at the end
 * @property {(name: string, text: string) => Promise<string>} write writes a file there, and gives its path
 * @property {(program: string, args: readonly string[], options: { port: number, env?: NodeJS.ProcessEnv }) => Promise<void>} run
 *   starts a program; resolves once its port answers
 */

/**
 * Starts a broker; `prepare` gives its port. What it needs is stopped and removed with it, and where it fails.
 *
 * @param {(place: Place) => Promise<number>} prepare called again where somebody else took a port meanwhile
 */
export async function startBroker(prepare, tries = 3) {
  const folder = await mkdtemp(join(tmpdir(), 'hawser-broker-'))
  /** @type {ReturnType<typeof start>[]} */
  const programs = []
  const close = async () => {
    for (const { stop } of programs.reverse()) await stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const port = await prepare({
      folder,
      async write(name, text) {
        await writeFile(join(folder, name), text)
        return join(folder, name)
      },
      run(program, args, { port, env }) {
        const started = start(program, args, env)
        programs.push(started)
        return started.answering(port)
      },
    })
    return { port, close }
  } catch (error) {
    await close()
    if (tries === 1) throw error
    return startBroker(prepare, tries - 1)
  }
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function start(program, args, env = process.env) {
  const child = spawn(program, args, {
    env: { ...env, PATH: `${env.PATH}${delimiter}/usr/sbin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      output = `${output}${text}`.slice(-4_000)
    })
  const ended = once(child, 'close')
  const stop = () => child.kill()
  process.once('exit', stop)
  return {
    /** @param {number} port */
    async answering(port) {
      while (!(await answers(port))) {
        if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}. ${output}`)
        await sleep(20)
      }
    },
    async stop() {
      process.off('exit', stop)
      stop()
      await ended
    },
  }
}

/** @param {number} port */
async function answers(port) {
  const probe = connect(port, '127.0.0.1')
  try {
    await once(probe, 'connect')
    return true
  } catch {
    return false
  } finally {
    probe.destroy()
  }
}
