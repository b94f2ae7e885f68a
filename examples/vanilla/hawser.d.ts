// The global that the CDN build makes.
declare const Hawser: typeof import('@hawser/core')
