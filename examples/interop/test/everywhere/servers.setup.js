// Starts, once for all projects, the servers that every engine talks to, and tells the tests where they are.
import { startDeflate } from '../../servers/deflate.js'
import { startFarewells } from '../../servers/farewells.js'
import { startKinds } from '../../servers/kinds.js'
import { startMsgpack } from '../../servers/msgpack.js'
import { startSubprotocols } from '../../servers/subprotocols.js'

/** @param {import('vitest/node').TestProject} project */
export default async function setup(project) {
  const [deflate, farewells, kinds, msgpack, subprotocols] = await Promise.all([
    startDeflate(),
    startFarewells(),
    startKinds(),
    startMsgpack(),
    startSubprotocols(),
  ])
  const servers = { deflate, farewells, kinds, msgpack, subprotocols }
  for (const [name, { url }] of Object.entries(servers)) {
    project.provide(/** @type {keyof typeof servers} */ (name), url)
  }
  return async () => {
    for (const server of Object.values(servers)) await server.close()
  }
}
