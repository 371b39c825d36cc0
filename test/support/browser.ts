// Debian's Chromium, driven without a window.
import { type Browser, chromium } from 'playwright-core';
import { needs } from './peers.ts';

export const chromiumPeer = needs('chromium', 'chromium');

/** Starts the browser; nothing but loopback is there for it to reach. */
export function launchBrowser(environment: Record<string, string> = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPeer.path,
    // CI runs as root, where Chromium's sandbox does not start; only pages of the tests are opened.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
    env: { ...(process.env as Record<string, string>), ...environment },
  });
}
