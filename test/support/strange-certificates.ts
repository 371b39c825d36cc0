// Certificates that our own authority does not make, and a list of one that is revoked: by openssl (RFC 5280).
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Issued } from './certificates.ts';
import type { TemporaryFolder } from './folder.ts';

export interface StrangeCertificates {
  /** File of the authority behind all of them. */
  ca: string;
  /** File of its list. */
  crl: string;
  revoked: Issued;
  valid: Issued;
  /** For clients, not for servers. */
  client: Issued;
  /** Says its name as common name only. */
  nameless: Issued;
  /** The same, beside an address or a mailbox as its only alternative name. */
  addressed: Issued;
  mailed: Issued;
  /** By an authority between, which is not sent along. */
  orphan: Issued;
  chained: Issued;
}

/** Made anew in the folder, for `localhost`. */
export function strangeCertificates(folder: TemporaryFolder): StrangeCertificates {
  const call = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout'];
  const sign = (signer: string) => ['ca', '-batch', '-notext', '-config', folder.join(`${signer}.cnf`)];
  const signer = (name: string) => {
    folder.write(
      `${name}.cnf`,
      `[ca]
default_ca=own
[own]
database=${folder.join(name)}
rand_serial=yes
unique_subject=no
new_certs_dir=${folder.path}
certificate=${folder.join(`${name}.pem`)}
private_key=${folder.join(`${name}.key`)}
default_md=sha256
default_days=9
default_crl_days=9
policy=any
copy_extensions=copy
[any]
commonName=supplied
`,
    );
    folder.write(name, '');
  };
  const issue = (name: string, extensions: readonly string[], by = 'ca', subject = name): Issued => {
    const file = (ending: string) => folder.join(`${name}.${ending}`);
    const added = extensions.flatMap((extension) => ['-addext', extension]);
    call('req', '-new', ...fresh, file('key'), '-out', file('csr'), '-subj', `/CN=${subject}`, ...added);
    call(...sign(by), '-in', file('csr'), '-out', file('pem'));
    return { key: readFileSync(file('key'), 'utf8'), cert: readFileSync(file('pem'), 'utf8') };
  };
  const [ca, crl] = [folder.join('ca.pem'), folder.join('crl.pem')];
  signer('ca');
  call('req', '-x509', ...fresh, folder.join('ca.key'), '-out', ca, '-subj', '/CN=Strange');
  signer('between');
  const between = issue('between', ['basicConstraints=critical,CA:TRUE']);
  const own = 'subjectAltName=DNS:localhost';
  const orphan = issue('orphan', [own], 'between');
  const made = {
    ca,
    crl,
    revoked: issue('revoked', [own]),
    valid: issue('valid', [own]),
    client: issue('client', [own, 'extendedKeyUsage=clientAuth']),
    nameless: issue('nameless', [], 'ca', 'localhost'),
    addressed: issue('addressed', ['subjectAltName=IP:192.0.2.1'], 'ca', 'localhost'),
    mailed: issue('mailed', ['subjectAltName=email:postmaster@localhost'], 'ca', 'localhost'),
    orphan,
    chained: { key: orphan.key, cert: orphan.cert + between.cert },
  };
  call(...sign('ca'), '-revoke', folder.join('revoked.pem'));
  call(...sign('ca'), '-gencrl', '-out', crl);
  return made;
}
