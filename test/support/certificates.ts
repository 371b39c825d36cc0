// A certificate authority for tests and the demo, made in memory: no openssl needed.
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

type WebCrypto = Parameters<typeof cryptoProvider.set>[0];
cryptoProvider.set(webcrypto as unknown as WebCrypto);

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
  issue(options: { names: readonly string[]; notBefore?: Date; notAfter?: Date }): Promise<Issued>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 86_400_000;

export async function createAuthority(commonName = 'Test authority'): Promise<Authority> {
  const keys = await generateKeys();
  const serial = () =>
    Buffer.from(webcrypto.getRandomValues(new Uint8Array(8)))
      .toString('hex')
      .replace(/^[89a-f]/, '1');
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${commonName}`,
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + 3650 * DAY),
    signingAlgorithm: ALGORITHM,
    keys: keys as never,
    extensions: [
      new BasicConstraintsExtension(true, 1, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    ca: `${root.toString('pem')}\n`,
    async issue({ names, notBefore = new Date(Date.now() - DAY), notAfter = new Date(Date.now() + 90 * DAY) }) {
      const own = await generateKeys();
      const alternatives = names.map((value) => ({
        type: /^[\d.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const),
        value,
      }));
      const certificate = await X509CertificateGenerator.create({
        serialNumber: serial(),
        subject: `CN=${names[0]}`,
        issuer: root.subject,
        notBefore,
        notAfter,
        signingAlgorithm: ALGORITHM,
        publicKey: own.publicKey as never,
        signingKey: keys.privateKey as never,
        extensions: [
          new BasicConstraintsExtension(false),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
          new SubjectAlternativeNameExtension(alternatives),
        ],
      });
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
      return { cert: `${certificate.toString('pem')}\n`, key: `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n` };
    },
  };
}

function generateKeys() {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
