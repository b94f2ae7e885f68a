// What every platform's timers have in common.

/** Longest sleep of a timer, in milliseconds: it is a signed 32-bit number, and a longer one would fire at once. */
export const longestSleep = 2 ** 31 - 1
