// Runs examples in the terminal, and prints what happens: `node start.js greeting`.
import process from 'node:process'

/** @typedef {{ run: (print: import('./common/narrate.js').Print) => Promise<void> }} Example */

/** @type {Record<string, () => Promise<Example>>} In the order of the README. */
const examples = {
  greeting: () => import('./servers/greeting.js'),
  chat: () => import('./servers/chat.js'),
  subprotocols: () => import('./servers/subprotocols.js'),
  bottle: () => import('./servers/bottle.js'),
  secure: () => import('./servers/secure.js'),
  deflate: () => import('./servers/deflate.js'),
  kinds: () => import('./servers/kinds.js'),
  farewells: () => import('./servers/farewells.js'),
  idle: () => import('./servers/idle.js'),
  upload: () => import('./servers/upload.js'),
  msgpack: () => import('./servers/msgpack.js'),
}

const asked = process.argv.slice(2)
const names = Object.keys(examples)
const strange = asked.filter((name) => !names.includes(name))
if (asked.length === 0 || strange.length > 0) {
  if (strange.length > 0) console.error(`There is no ${strange.join(', no ')}.`)
  console.error(`Name one or more of: ${names.join(', ')}`)
  process.exitCode = 1
} else {
  for (const name of asked) {
    console.log(`\n${name}`)
    const example = await examples[name]?.()
    await example?.run((line) => console.log(`  ${line}`))
  }
}
