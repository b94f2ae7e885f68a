// Helper processes: started from the bundle, they say when they are ready, and end when their parent lets go of them.

import type { ChildProcess } from 'node:child_process'

export interface Named {
  readonly type: string
}

/** The first message of that type. Rejects when the process ends before. */
export function seeNamed<T extends Named>(child: ChildProcess, type: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: T) => {
      if (message.type !== type) return
      child.off('message', onMessage)
      child.off('exit', onExit)
      resolve(message)
    }
    const onExit = (code: number | null) =>
      reject(new Error(`A helper process ended with ${code} before it said ${type}.`))
    child.on('message', onMessage)
    child.once('exit', onExit)
  })
}

/** In the helper: whatever happens to the parent, this process does not outlive it. */
export function endWithParent(): void {
  process.once('disconnect', () => process.exit(0))
}
