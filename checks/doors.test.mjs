// Every door of every built package opens in plain Node, by import and by require, with the same names behind it.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const doors = readdirSync('../packages').flatMap((folder) => {
  const { name, exports } = JSON.parse(readFileSync(join('../packages', folder, 'package.json'), 'utf8'))
  return Object.keys(exports).map((door) => join(name, door))
})

describe.each(doors)('%s', (door) => {
  it('B116 has the same names by import and by require', () => {
    const imported = namesFrom('module', `await import('${door}')`)
    expect(imported).not.toEqual([])
    expect(namesFrom('commonjs', `require('${door}')`)).toEqual(imported)
  })
})

it.each(['index.js', 'index.cjs'])('@hawser/react says that it is for the client: %s', (file) => {
  expect(readFileSync(join('../packages/react/dist', file), 'utf8')).toMatch(
    /^(['"]use strict['"];)?['"]use client['"]/,
  )
})

/**
 * @param {'module' | 'commonjs'} type
 * @param {string} expression
 * @returns {string[]}
 */
function namesFrom(type, expression) {
  const print = `console.log(JSON.stringify(Object.keys(${expression}).filter((name) => name !== '__esModule').sort()))`
  return JSON.parse(
    execFileSync(process.execPath, [`--input-type=${type}`, '-e', print], { encoding: 'utf8' }),
  )
}
