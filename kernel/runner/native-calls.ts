/**
 * ONNX Runtime's binding aborts the process where execution is terminated while it computes: it cannot make
 * its results. So the helper thread is told when it does, and waits for it to return.
 */
import process from 'node:process'

/** Above 0 while the main thread must not be terminated; shared with the helper thread. */
export const native = new Int32Array(new SharedArrayBuffer(4))

type Method = (...values: unknown[]) => unknown
type SessionClass = new () => { run: Method; loadModel: Method }

/** Replaces the session class of the binding when it is loaded. */
export function watchNativeCalls(): void {
  const load = process.dlopen.bind(process)
  process.dlopen = (module: object, filename: string, ...flags: unknown[]) => {
    ;(load as Method)(module, filename, ...flags)
    const { exports } = module as { exports?: { InferenceSession?: SessionClass } }
    if (exports?.InferenceSession && /onnxruntime_binding\.node$/.test(filename))
      exports.InferenceSession = watched(exports.InferenceSession)
  }
}

function watched(Binding: SessionClass): SessionClass {
  return class InferenceSession extends Binding {
    override run = (...values: unknown[]) => during(() => super.run(...values))
    override loadModel = (...values: unknown[]) => during(() => super.loadModel(...values))
  }
}

/** Said where nothing runs: a termination at the wrong moment would leave the mark behind. */
export function noNativeCalls(): void {
  Atomics.store(native, 0, 0)
}

function during<T>(call: () => T): T {
  Atomics.add(native, 0, 1)
  try {
    return call()
  } finally {
    Atomics.sub(native, 0, 1)
  }
}
