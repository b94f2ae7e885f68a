// What the tests use of Phoenix's own client, which has no types.
declare module 'phoenix' {
  interface Push {
    receive(status: string, callback: (response: any) => void): Push
  }
  export interface Channel {
    join(): Push
    leave(): Push
    push(event: string, payload: object): Push
    on(event: string, callback: (payload: any) => void): number
  }
  export class Socket {
    constructor(url: string, options: object)
    connect(): void
    disconnect(callback: () => void): void
    channel(topic: string, params: object): Channel
  }
}
