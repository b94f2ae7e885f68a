// What a page can ask of Node: rigs, by vitest's browser commands. Arguments and results travel as JSON.

import { type AuthRig, type AuthRigOptions, startAuthRig } from './auth-rig.ts'
import { type BreakRig, type BreakRigOptions, startBreakRig } from './break-rig.ts'
import { type ChannelRig, type ChannelRigOptions, startChannelRig } from './channel-rig.ts'
import { type Rig, startRig } from './rig.ts'
import type { TestServerOptions } from './server.ts'

/** What can be called on a rig. */
export type RigMethod<R = Rig> = Exclude<keyof R, 'url' | 'tokenUrl'>

const rigs: (Rig | AuthRig | BreakRig | ChannelRig)[] = []

export const commands = {
  async startRig(_context: unknown, options?: TestServerOptions): Promise<{ id: number; url: string }> {
    const rig = await startRig(options)
    return { id: rigs.push(rig) - 1, url: rig.url }
  },

  async startAuthRig(
    _context: unknown,
    options?: AuthRigOptions,
  ): Promise<{ id: number; url: string; tokenUrl: string }> {
    const rig = await startAuthRig(options)
    return { id: rigs.push(rig) - 1, url: rig.url, tokenUrl: rig.tokenUrl }
  },

  async startBreakRig(_context: unknown, options: BreakRigOptions): Promise<{ id: number; url: string }> {
    const rig = await startBreakRig(options)
    return { id: rigs.push(rig) - 1, url: rig.url }
  },

  async startChannelRig(
    _context: unknown,
    options?: ChannelRigOptions,
  ): Promise<{ id: number; url: string }> {
    const rig = await startChannelRig(options)
    return { id: rigs.push(rig) - 1, url: rig.url }
  },

  /** How often connections break, and how they do: by hand, to repeat a run or for the whole table. */
  async breakSettings(): Promise<{ breaks: number; seed: number; isAsked: boolean }> {
    const { HAWSER_BREAKS, HAWSER_SEED } = process.env
    const seed = HAWSER_SEED ?? Math.floor(Math.random() * 1e6)
    return { breaks: Number(HAWSER_BREAKS ?? 60), seed: Number(seed), isAsked: HAWSER_BREAKS !== undefined }
  },

  async callRig(_context: unknown, id: number, method: string, args: unknown[]): Promise<unknown> {
    const call = rigs[id]?.[method as never] as ((...args: unknown[]) => unknown) | undefined
    if (!call) throw new Error(`There is no rig ${id} with a ${method}()`)
    return call(...args)
  },
}
