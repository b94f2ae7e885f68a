// The three import rules: they hold for @hawser/core, and scripts/check-rooms.mjs fails where they are broken.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkRooms } from '../scripts/check-rooms.mjs'

/** @type {string} */
let src
beforeEach(() => {
  src = mkdtempSync(join(tmpdir(), 'hawser-rooms-'))
})
afterEach(() => rmSync(src, { recursive: true }))

/** @param {Record<string, string>} files */
function breachesIn(files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(src, name)), { recursive: true })
    writeFileSync(join(src, name), text)
  }
  return checkRooms(src)
}

it('finds no breach in @hawser/core', () => {
  expect(checkRooms('../packages/core/src')).toEqual([])
})

describe('globals are named only in the platform rooms', () => {
  it.each([
    'setTimeout(() => {}, 1)',
    'const start = Date.now()',
    'const day = new Date()',
    'const lot = Math.random()',
    'const t = globalThis.setTimeout',
    'export const now = () => performance.now()',
    'const online = navigator.onLine',
    'const socket = new WebSocket("ws://x")',
    'class Mine extends WebSocket {}',
    'export const platform = { WebSocket }',
    'const s = AbortSignal.timeout(1)',
    'if (typeof window === "object") {}',
    'const { env } = process',
    'console.log(1)',
    'queueMicrotask(() => {})',
    'const [a = localStorage] = []',
    'export default crypto',
    'declare const setTimeout: (fn: () => void) => void; setTimeout(() => {})',
  ])('%s', (text) => {
    expect(breachesIn({ 'queue/pacing.ts': `${text}\nexport {}` })).toHaveLength(1)
  })

  it.each([
    'const url = new URL("ws://x"), bytes = new TextEncoder(), stop = new AbortController()',
    'export function wait(clock: { setTimeout(): void }, setInterval: () => void) { clock.setTimeout(); setInterval() }',
    'const { random } = { random: Math.max(0, 1) }; export { random as performance }',
    'export type Made = typeof WebSocket; export interface Clock extends Date { location: Location; now: Performance }',
    'export const state = { location: 1, window: 2 }, { window: size } = state',
    'class Faulty extends Error { document = 1; self() {} } export { Faulty }',
    'const performance = 1; export { performance }',
  ])('not so in: %s', (text) => {
    expect(breachesIn({ 'queue/pacing.ts': `${text}\nexport {}` })).toEqual([])
  })

  it('leaves the platform rooms and the tests alone', () => {
    const text = 'export const now = Date.now()'
    expect(breachesIn({ 'environment.ts': text, 'testing/clock.ts': text, 'queue/a.test.ts': text })).toEqual(
      [],
    )
  })

  it('says where', () => {
    expect(breachesIn({ 'queue/pacing.ts': '\nexport const now = Date.now()' })).toEqual([
      'queue/pacing.ts:2 names the global Date.now: take it from the environment',
    ])
  })
})

describe('there are no import cycles', () => {
  it('of values, named in full', () => {
    const files = {
      'queue/a.ts': 'export { b } from "./b"',
      'queue/b.ts': 'import "./c"; export const b = 1',
      'queue/c.ts': 'import "./a"',
    }
    expect(breachesIn(files)).toEqual([
      'queue/a.ts → queue/b.ts → queue/c.ts → queue/a.ts is an import cycle',
    ])
  })

  it('of types', () => {
    const files = {
      'queue/a.ts': 'import type { B } from "./b"; export type A = B',
      'queue/b.ts': 'export type B = { a: import("./a").A }',
    }
    expect(breachesIn(files)).toHaveLength(1)
  })

  it('but two ways to one file are none', () => {
    const files = {
      'queue/a.ts': 'import "./b"; import "./c"',
      'queue/b.ts': 'import "./c"',
      'queue/c.ts': 'export const c = 1',
    }
    expect(breachesIn(files)).toEqual([])
  })
})

describe('rooms import what their row allows', () => {
  const others = {
    'errors.ts': 'export const fault = 1',
    'socket.ts': 'export type Socket = 1; export const socket = 1',
    'auth/token.ts': 'export type Token = 1; export const token = 1',
    'queue/queue.ts': 'export type Queue = 1; export const queue = 1',
  }

  it.each([
    [
      'connection/x.ts',
      'import { socket } from "../socket"',
      'connection/x.ts:1 connection may not import socket',
    ],
    [
      'connection/x.ts',
      'import type { Socket } from "../socket"',
      'connection/x.ts:1 connection may not import socket',
    ],
    ['heartbeat/x.ts', 'export * from "../queue/queue"', 'heartbeat/x.ts:1 heartbeat may not import queue'],
    ['codec/x.ts', 'export const q = import("../queue/queue")', 'codec/x.ts:1 codec may not import queue'],
    [
      'channels/x.ts',
      'import { socket } from "../socket"',
      'channels/x.ts:1 channels may import only types from socket',
    ],
    [
      'tabs/x.ts',
      'import { type Queue, queue } from "../queue/queue"',
      'tabs/x.ts:1 tabs may import only types from queue',
    ],
    ['shed/x.ts', 'import "../errors"', 'shed/x.ts:1 the room shed has no row in scripts/check-rooms.mjs'],
  ])('%s: %s', (name, text, breach) => {
    expect(breachesIn({ ...others, [name]: text })).toEqual([breach])
  })

  it.each([
    ['socket.ts', 'import { queue } from "./queue/queue"; import type { Token } from "./auth/token"'],
    ['channels/x.ts', 'import type { Socket } from "../socket"'],
    ['channels/x.ts', 'import { type Socket } from "../socket"'],
    ['auth/x.ts', 'import { token } from "./token"; import { fault } from "../errors"'],
  ])('%s may: %s', (name, text) => {
    expect(breachesIn({ ...others, [name]: text })).toEqual([])
  })
})
