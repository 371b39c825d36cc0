// The mail providers, as data. Names are facts from the providers' own documentation; a row without `spf.include` is one
// whose include differs between customers or is not documented, and then none is proposed.
import { HOSTING_PROVIDERS } from './hosting.ts';
import { MAILBOX_PROVIDERS } from './mailbox.ts';
import { SENDING_PROVIDERS } from './sending.ts';
import type { Provider } from './types.ts';

export const PROVIDERS: readonly Provider[] = [...MAILBOX_PROVIDERS, ...HOSTING_PROVIDERS, ...SENDING_PROVIDERS];
