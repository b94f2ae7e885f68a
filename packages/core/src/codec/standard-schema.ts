// The interface of Standard Schema v1, by which zod and others check a value (standardschema.dev).

import { type Issue, SocketError } from '../errors'

export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<Issue> }

/** The value as the schema gives it back. Throws `VALIDATION`, or rejects with it where the schema is async. */
export function parse<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  what: string,
): Output | Promise<Output> {
  const settle = (result: SchemaResult<Output>): Output => {
    if (!result.issues) return result.value
    const { issues } = result
    throw new SocketError('VALIDATION', `${what} does not match its schema: ${describe(issues)}.`, { issues })
  }
  const result = schema['~standard'].validate(value)
  return result instanceof Promise ? result.then(settle) : settle(result)
}

const describe = (issues: readonly Issue[]) =>
  issues
    .slice(0, 3)
    .map(({ message, path = [] }) => {
      const at = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
      return at ? `${at}: ${message}` : message
    })
    .join('; ')
