// The built files, as bundlers, servers and apps see them.
// @vitest-environment node

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { parseAst } from 'vitest/node'

const home = join(import.meta.dirname, '../..')
const run = promisify(execFile)

for (const file of ['index.js', 'index.cjs']) {
  it(`B109 ${file} begins with 'use client', so that server components can import it`, async () => {
    const code = await readFile(join(home, 'dist', file), 'utf8')
    const [first] = parseAst(code).body
    expect(first).toMatchObject({ type: 'ExpressionStatement', directive: 'use client' })
  })

  it(`B109 ${file} touches no global when it is imported, and makes nothing that keeps a process alive`, async () => {
    const { stdout } = await run(process.execPath, [
      '--input-type=module',
      '--eval',
      `const touched = []
       for (const name of ['window', 'document', 'navigator', 'location', 'localStorage', 'WebSocket', 'BroadcastChannel']) {
         Object.defineProperty(globalThis, name, { configurable: true, get: () => void touched.push(name) })
       }
       const { useSocket } = await import(${JSON.stringify(join(home, 'dist', file))})
       console.log(typeof useSocket, touched.join())`,
    ])
    expect(stdout.trim()).toBe('function')
  })
}

it('the types of a registered socket reach every hook, and wrong messages do not compile', async () => {
  const compiler = join(home, '../../node_modules/.bin/tsc')
  const { stdout } = await run(compiler, ['-p', join(home, 'test/register')]).catch((failed) => failed)
  expect(stdout).toBe('')
}, 60_000)
