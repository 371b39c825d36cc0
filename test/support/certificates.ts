// A certificate authority for tests and the demo, made in memory: no openssl needed (RFC 5280, P-256 keys).
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

export interface Issued {
  /** PEM. */
  cert: string;
  /** PEM, PKCS #8. */
  key: string;
}
export interface Authority {
  /** PEM of the root, for `tls_trust_file`. */
  ca: string;
  /** A server or client certificate; `names` are DNS names or IP addresses. */
  issue(options: { names: readonly string[]; notBefore?: Date; notAfter?: Date }): Issued;
}

const DAY = 86_400_000;

export function createAuthority(commonName = 'Test authority'): Authority {
  const root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const validity = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + 3650 * DAY) };
  const extensions = [
    extension('551d13', sequence(boolean(true)), true),
    extension('551d0f', der(0x03, Buffer.from('0106', 'hex')), true),
  ];
  const ca = certificate({
    ...validity,
    subject: commonName,
    issuer: commonName,
    publicKey: root.publicKey,
    signer: root.privateKey,
    extensions,
  });
  return {
    ca,
    issue({ names, notBefore = new Date(Date.now() - DAY), notAfter = new Date(Date.now() + 90 * DAY) }) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const cert = certificate({
        notBefore,
        notAfter,
        subject: names[0]!,
        issuer: commonName,
        publicKey: own.publicKey,
        signer: root.privateKey,
        extensions: [
          extension('551d25', sequence(oid('2b06010505070301'), oid('2b06010505070302'))),
          extension('551d11', sequence(...names.map(alternativeName))),
        ],
      });
      return {
        cert,
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

interface Content {
  subject: string;
  issuer: string;
  notBefore: Date;
  notAfter: Date;
  publicKey: KeyObject;
  signer: KeyObject;
  extensions: Buffer[];
}

function certificate(content: Content): string {
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name(content.issuer),
    sequence(time(content.notBefore), time(content.notAfter)),
    name(content.subject),
    content.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...content.extensions)),
  );
  const signature = sign('sha256', body, content.signer);
  const whole = sequence(body, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return `-----BEGIN CERTIFICATE-----\n${whole
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, content: Buffer): Buffer {
  const length =
    content.length < 128
      ? [content.length]
      : content.length < 256
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
const sequence = (...parts: Buffer[]) => der(0x30, Buffer.concat(parts));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const boolean = (value: boolean) => der(0x01, Buffer.from([value ? 0xff : 0]));
const name = (common: string) => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(common)))));
const time = (date: Date) => der(0x17, Buffer.from(`${date.toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), der(0x04, value));
}

function alternativeName(value: string): Buffer {
  if (isIP(value) === 4) return der(0x87, Buffer.from(value.split('.').map(Number)));
  if (value === '::1') return der(0x87, Buffer.from('00000000000000000000000000000001', 'hex'));
  return der(0x82, Buffer.from(value));
}
