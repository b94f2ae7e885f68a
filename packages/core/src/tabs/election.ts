// Elects, of all tabs and sockets that share rows, the one that sends: it holds a Web Lock, and is heard of while it does.
//
// A leader that goes into the back/forward cache or freezes lets the lock go first. One that stands still without a
// word, as in a debugger, falls silent, and another takes the lock from it. When it wakes it may send for a moment before
// it learns of that: then messages arrive twice, which a server that drops doubles by id does not notice. What such a
// leader still writes cannot bring rows back: it removes what it has sent, and changes only rows that are there.

import type { Elect, News } from '../queue/journal'
import { platformPage } from '../signals'
import type { Page } from '../types'

/** Milliseconds between two signs of life. The timers of hidden pages may take a minute over it. */
const beat = 20_000

/** So many signs of life a follower waits for in vain: it counts its own timers, which stand still when the machine does. */
const longestSilence = 9

/** Milliseconds that a leader's timer may come late before it must fear that it was silent too long. */
const longestDelay = 120_000

/** The parts of the platform that it takes. */
export interface ElectionPlatform {
  readonly locks: LockManager
  readonly BroadcastChannel: typeof BroadcastChannel
  readonly page: Pick<Page, 'subscribe'> | undefined
}

/** `undefined` where the platform lacks what it takes: Web Locks are missing outside of secure contexts. */
export function platformElection(): Elect | undefined {
  const { navigator, BroadcastChannel } = globalThis as Partial<typeof globalThis>
  const locks = navigator?.locks
  return locks && BroadcastChannel && election({ locks, BroadcastChannel, page: platformPage() })
}

export function election({ locks, BroadcastChannel, page }: ElectionPlatform): Elect {
  return (partition, { clock, onLead, onFollow, onNews, onReturn, onBeat, onError }) => {
    const name = `hawser:${partition}`
    /** Missing while the page stands still. */
    let channel: BroadcastChannel | undefined
    let isStanding = false
    /** The one request for the lock that counts. */
    let request: AbortController | undefined
    /** Lets the lock go, while it is held. */
    let release: (() => void) | undefined
    let silence = 0
    let timer: unknown
    /** News of what a page that stands still has finished all the same: rows that came later must not overtake those. */
    const owed: News[] = []

    const tell = (news: News) => {
      if (channel) channel.postMessage(news)
      else owed.push(news)
    }

    const withdraw = () => {
      const held = release
      release = undefined
      request?.abort()
      request = undefined
      if (held) onFollow()
      held?.()
    }

    const stand = (steal = false) => {
      withdraw()
      silence = 0
      if (!channel || !isStanding) return
      const mine = new AbortController()
      request = mine
      locks
        .request(name, steal ? { steal } : { signal: mine.signal }, () => {
          if (request !== mine) return undefined
          return new Promise<void>((resolve) => {
            release = resolve
            show()
            onLead()
          })
        })
        .catch((error) => {
          if (request !== mine) return
          // It was stolen, perhaps before this one knew that it had it; or there is none to be had.
          if (release || error?.name === 'AbortError') stand()
          else onError(error)
        })
    }

    const show = () => channel?.postMessage({ leads: true })

    const arm = () => {
      const due = clock.now() + beat
      timer = clock.setTimeout(() => {
        if (!release) {
          silence += 1
          if (silence > longestSilence) stand(true)
        } else if (clock.now() - due > longestDelay) stand()
        else show()
        // One that leads, or has heard of one since the last time.
        if (release || silence < 2) onBeat()
        arm()
      }, beat)
    }

    const open = () => {
      channel = new BroadcastChannel(name)
      channel.onmessage = ({ data }) => {
        if (data?.leads) silence = 0
        else if (!data?.claim) onNews(data)
        else if (release) stand()
      }
      // Node alone has it: the channel keeps no process alive.
      ;(channel as { unref?: () => void }).unref?.()
      for (const news of owed.splice(0)) tell(news)
      stand()
      arm()
    }

    const close = () => {
      withdraw()
      clock.clearTimeout(timer)
      channel?.close()
      channel = undefined
    }

    open()
    const unsubscribe = page?.subscribe((signal) => {
      if (signal === 'leave' || signal === 'freeze') close()
      else if (!channel && (signal === 'return' || signal === 'resume')) {
        open()
        onReturn()
      } else if (channel && signal === 'visible') onBeat()
    })
    return {
      stand(ready) {
        isStanding = ready
        stand()
      },
      tell,
      claim: () => channel?.postMessage({ claim: true }),
      stop() {
        unsubscribe?.()
        close()
      },
    }
  }
}
