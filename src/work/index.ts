export { chooseSignal, currentSignal } from './signal.js'
export {
  follow,
  Loop,
  type LoopOptions,
  progress,
  type ProgressOptions,
  quietly,
  steps,
  type Tracked,
  Work,
  type WorkOptions,
  type WorkSink,
  type WorkState,
  type WorkStatus,
} from './work.js'
