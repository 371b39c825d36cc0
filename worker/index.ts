// The Worker: composition only.
import { createApp } from './app.ts';

const app = createApp();

export default { fetch: app.fetch } satisfies ExportedHandler<import('./settings.ts').Bindings>;
