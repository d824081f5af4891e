/**
 * Built-in functions as they were before any cell ran: the kernel's own code uses these, so that it works
 * on where a cell has replaced the global ones (`Promise = null`, `JSON.stringify = …`).
 */
export const { stringify } = JSON
export const bufferFrom = Buffer.from.bind(Buffer)
export const byteLength = Buffer.byteLength.bind(Buffer)
export const { wait } = Atomics
export const { entries, fromEntries, assign, defineProperty } = Object
export const { getOwnPropertyDescriptor, keys } = Object
export const promiseAll = Promise.all.bind(Promise)
export const promiseAllSettled = Promise.allSettled.bind(Promise)
export const NativePromise = Promise
export const NativeError = Error
export const NativeMap = Map
export const NativeSet = Set
export const NativeAbortController = AbortController
export const nativeSetTimeout = setTimeout
export const nativeSetImmediate = setImmediate
