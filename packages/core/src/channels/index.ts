// The door `@hawser/core/channels`: subscriptions that outlive connections.

export {
  type Channels,
  type ChannelsOptions,
  createChannels,
  type IterateOptions,
  type SubscribeOptions,
} from './channels'
export { type PhoenixMessage, phoenix, phoenixHeartbeat } from './phoenix'
export { positions } from './positions'
export type { ChannelEvent, ChannelProtocol, Position, SubscribeRequest } from './protocol'
export type { MessageContext, Subscription, SubscriptionIterator, SubscriptionState } from './subscription'
