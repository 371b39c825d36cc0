// Zones of the providers of the table, made up: the names are real, the networks are not.
import { PROVIDERS } from '../../shared/providers/table.ts';
import type { Zone } from './zone.ts';

/** An address from which this provider sends in `providerZones`. */
export function sendingAddressOf(id: string): string {
  return `20.${PROVIDERS.findIndex((provider) => provider.id === id)}.0.7`;
}

/** A host that receives for the provider's customers. */
export function mxHostOf(id: string): string {
  const [pattern] = PROVIDERS.find((provider) => provider.id === id)?.mx ?? [];
  if (pattern === undefined) throw new Error(`${id} receives nothing`);
  return pattern.includes('*') ? pattern.replaceAll('*', 'www1') : `in.${pattern}`;
}

export const providerZones: Zone = Object.fromEntries(
  PROVIDERS.flatMap(({ id, spf, mx }, index) => [
    ...(spf?.include === undefined || spf.names.length === 0
      ? []
      : [
          [spf.include, { TXT: [`v=spf1 include:_net.${spf.include} ~all`] }] as const,
          [`_net.${spf.include}`, { TXT: [`v=spf1 ip4:20.${index}.0.0/24 ~all`] }] as const,
        ]),
    ...(mx === undefined ? [] : [[mxHostOf(id), { A: [`21.${index}.0.7`] }] as const]),
  ]),
);
