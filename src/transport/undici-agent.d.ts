/** undici's agent without the rest of undici, whose start takes three times as long; it has no types of its own there. */
declare module 'undici/lib/dispatcher/agent.js' {
  export { Agent as default } from 'undici';
}
