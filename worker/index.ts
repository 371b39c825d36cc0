// The Worker: composition only.
import { createApp } from './app.ts';
import { createEdge } from './edge.ts';
import type { Bindings } from './settings.ts';

const app = createApp(createEdge());

export default { fetch: app.fetch } satisfies ExportedHandler<Bindings>;
