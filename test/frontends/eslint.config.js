/** The rules of the whole project, which leaves this folder out: its packages are not always installed. */
export { default } from '../../eslint.config.js'
