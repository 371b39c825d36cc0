// The mail providers, as data from the providers' own documentation. A row without `spf.include` is one whose include
// differs between customers or is not documented; none is proposed for it.
import { HOSTING_PROVIDERS } from './hosting.ts';
import { MAILBOX_PROVIDERS } from './mailbox.ts';
import { SENDING_PROVIDERS } from './sending.ts';
import type { Provider } from './types.ts';

export const PROVIDERS: readonly Provider[] = [...MAILBOX_PROVIDERS, ...HOSTING_PROVIDERS, ...SENDING_PROVIDERS];
