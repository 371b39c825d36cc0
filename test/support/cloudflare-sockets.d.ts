// The one module of the platform that the Worker imports, for tests that import the Worker's files.
declare module 'cloudflare:sockets' {
  export const connect: import('../../worker/probe/dialogue.ts').Connect;
}
