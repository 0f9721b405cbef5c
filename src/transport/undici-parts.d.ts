/** The agent of undici by itself: its main module loads fetch, cookies, caches and web sockets besides. A proxy's agent needs that one. */

declare module 'undici/lib/dispatcher/agent.js' {
  import type { Agent } from 'undici';

  const agent: typeof Agent;
  export default agent;
}
