// Says at once, and by name, which option is wrong.

import { SocketError } from './errors'

/** `secret`: what stands there by mistake may be one, and is not shown. */
export type Kind = readonly [accepts: (value: never) => boolean, wanted: string, secret?: boolean]

const isFunction = (value: unknown) => typeof value === 'function'

export const duration: Kind = [(ms: unknown) => typeof ms === 'number' && ms >= 0, 'milliseconds']
export const atLeastOne: Kind = [(n: unknown) => typeof n === 'number' && n >= 1, 'a number, 1 or more']
export const count: Kind = [(n: unknown) => typeof n === 'number' && n >= 0, 'a number, 0 or more']
export const callback: Kind = [isFunction, 'a function']
export const secretCallback: Kind = [isFunction, 'a function', true]
export const anything: Kind = [() => true, '']
export const text: Kind = [(value: unknown) => typeof value === 'string', 'a string']
export const flag: Kind = [(value: unknown) => typeof value === 'boolean', 'true or false']
export const oneOf = (...values: unknown[]): Kind => [
  (value: unknown) => values.includes(value),
  values.map((value) => JSON.stringify(value)).join(' or '),
]
/** A value that one of our functions makes, known by the functions that it has. */
export const madeBy = (methods: string, wanted: string): Kind => {
  const names = methods.split(' ')
  return [(value: any) => names.every((method) => isFunction(value?.[method])), wanted]
}
export const abortSignal: Kind = madeBy('addEventListener', 'an AbortSignal')
export const functionOr = ([accepts, wanted]: Kind): Kind => [
  (value: never) => isFunction(value) || accepts(value),
  `${wanted}, or a function`,
]

/**
 * @param options what the app gave; a missing or undefined option is fine
 * @throws {SocketError} `INVALID_OPTION` for a value of the wrong kind, and for a name that nobody knows
 */
export function validate(maker: string, options: object, kinds: { readonly [option: string]: Kind }): void {
  if (typeof options !== 'object' || options === null) {
    throw invalid(`${maker}: the options`, 'an object', options)
  }
  // Faster than entries, which are a list of lists: each message that has options comes by here.
  for (const name of Object.keys(options)) {
    const value: unknown = options[name as never]
    const kind = Object.hasOwn(kinds, name) && kinds[name]
    if (!kind) {
      throw new SocketError(
        'INVALID_OPTION',
        `${maker}: there is no option ${name}, but ${Object.keys(kinds).join(', ')}.`,
      )
    }
    if (value !== undefined && !kind[0](value as never))
      throw invalid(`${maker}: ${name}`, kind[1], kind[2] ? typeof value : value)
  }
}

/** The values that were given, over the defaults: behind them, not copied, since there may be thousands of sockets. */
export function withDefaults<T extends object>(given: Partial<T>, defaults: T): T {
  const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { __proto__: defaults, ...values } as unknown as T
}

export const invalid = (what: string, wanted: string, got: unknown) =>
  new SocketError('INVALID_OPTION', `${what} must be ${wanted}; got ${show(got)}.`)

/** Enough of a value to recognise it by; never the inside of an object, which may hold a secret. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  return typeof value === 'object' || typeof value === 'function'
    ? Object.prototype.toString.call(value)
    : String(value)
}
