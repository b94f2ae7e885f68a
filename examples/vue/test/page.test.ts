// The page as it is served, and as its developers see it: Vue's development build, which warns of what is wrong.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll } from 'vitest'
import { describeDelivery, describeManners } from '../../react/test/chat-page.ts'
import { startPage } from '../page-server.js'

describeDelivery('the page as it is served', () => startPage())
describeManners('the page as it is served', () => startPage())

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hawser-vue-'))
  await build({
    root: join(import.meta.dirname, '..'),
    mode: 'development',
    // Whatever this process runs in.
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'error',
    build: { outDir: folder, minify: false },
  })
})

afterAll(() => rm(folder, { recursive: true }))

describeDelivery('the page in development', () => startPage({ folder }))
