// The Worker: composition only.
import { createApp } from './app.ts';
import { createEdge } from './edge.ts';
import { receiveMail } from './inbox/receive.ts';
import { scheduledHandler } from './monitor/scheduled.ts';
import { queueHandler } from './reports/events.ts';
import { isForReports, receiveReport } from './reports/receive.ts';
import type { Bindings } from './settings.ts';

const edge = createEdge();
const app = createApp(edge);

export default {
  fetch: app.fetch,
  scheduled: scheduledHandler(edge),
  queue: queueHandler(edge),
  email: (mail, bindings) =>
    isForReports(mail.to, edge.settings(bindings))
      ? receiveReport(mail, bindings, edge)
      : receiveMail(mail, bindings, edge),
} satisfies ExportedHandler<Bindings>;
