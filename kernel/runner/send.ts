/** Messages to the front process: at once, in order, and within the limits of what a cell may show. */
export { sendWithinLimits as send } from './limits.js'
