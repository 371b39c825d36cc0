// The modules of the platform that the Worker imports, for tests that import the Worker's files.
declare module 'cloudflare:sockets' {
  export const connect: import('../../worker/probe/smtp.ts').Connect;
}
declare module 'cloudflare:email' {
  export const EmailMessage: new (
    from: string,
    to: string,
    raw: string,
  ) => import('@cloudflare/workers-types').EmailMessage;
}
