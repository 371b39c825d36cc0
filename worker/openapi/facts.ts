// The facts of each section as schemas: what readers may rely on. Members that are not named here may come and go.
import * as z from 'zod/mini';
import type { AddressFacts } from '../../shared/check/address.ts';
import type { MessageFacts } from '../../shared/check/message.ts';
import type { DomainFacts } from '../../shared/check/section.ts';
import { component, type Fits, said } from './component.ts';
import { SpfInspection, SpfOutcome } from './facts.spf.ts';
import { count, known, misplaced, problemOf, problems, text, texts, ttl, unknown } from './members.ts';

const keyStatus = z.enum(['ok', 'unusable', 'revoked', 'none', 'unknown']);

const DkimKey = component(
  'DkimKey',
  'What is published for one DKIM selector (RFC 6376 section 3.6).',
  z.object({
    domain: text,
    selector: text,
    name: said('The name of the record.', text),
    status: keyStatus,
    record: z.optional(text),
    facts: z.optional(z.unknown()),
    problems: z.array(z.unknown()),
    keyRecords: said('TXT records that look like keys; over one, receivers differ in which they take.', count),
    aliases: said('Targets of the CNAME records on the way.', texts),
    dangling: said('The CNAME leads to a name that does not exist.', z.boolean()),
    pastedAliasHasKey: said(
      'A CNAME target is published there as TXT: whether there is a key at it. Absent if DNS gave no answer.',
      z.optional(z.boolean()),
    ),
    misplaced: said('A wrong name at which the key was found instead.', z.optional(text)),
    detail: z.optional(text),
    ttl: z.optional(count),
  }),
);

const Dkim = component(
  'DkimFacts',
  'The keys of the selectors asked for; where none was given, those that a search found.',
  z.object({
    keys: z.array(DkimKey),
    discovery: z.optional(
      z.object({
        domain: text,
        domainkey: z.enum(['exists', 'absent', 'unknown']),
        wildcard: said('Any name below _domainkey is answered.', z.boolean()),
        tried: z.array(
          z.object({
            selector: text,
            name: text,
            because: z.enum(['known', 'provider', 'common']),
            provider: z.optional(text),
            status: keyStatus,
          }),
        ),
        keys: z.array(DkimKey),
        retired: said(
          'Guessed names that hold a revoked key, or an alias to nothing.',
          z.array(z.object({ name: text, how: z.enum(['revoked', 'dangling']) })),
        ),
        providers: texts,
        unguessable: said('Providers that make selectors up, so that theirs cannot be guessed.', texts),
        verdict: said(
          '“absent” only where DNS proves it; “not-found”: the names tried have no key, another may.',
          z.enum(['found', 'absent', 'not-found', 'unknown']),
        ),
        ttl: z.optional(count),
      }),
    ),
  }),
);

const Dmarc = component(
  'DmarcFacts',
  'The policy that receivers find (RFC 9989 section 4.10), and where its reports go.',
  z.object({
    discovery: said('The walk up the names, step by step.', z.unknown()),
    policy: said('What applies to mail from this domain; absent where nothing does.', z.optional(z.unknown())),
    aggregateDestinations: z.array(z.unknown()),
    failureDestinations: z.array(z.unknown()),
    takesReports: said(
      'Whether the domain of the record has a mail server for reports; absent where other addresses are named.',
      z.optional(known),
    ),
    misplaced,
    suffixList: z.object({ registrableDomain: z.nullable(text), differs: z.boolean() }),
    ttl,
  }),
);

const Reverse = component(
  'ReverseFacts',
  'The PTR record of one address, whether its names lead back, and the name of the HELO beside it.',
  z.object({
    result: z.enum(['pass', 'fail', 'temperror', 'permerror']),
    ip: text,
    reverseName: said('Where the PTR record stands.', text),
    reserved: z.boolean(),
    names: z.array(
      z.object({
        name: text,
        confirmed: said('Whether it leads back to the address; null where DNS did not say.', known),
        addresses: texts,
        generic: said('Why it looks given out by a provider.', z.nullable(text)),
      }),
    ),
    name: said('The name to go by.', z.nullable(text)),
    intended: z.nullable(text),
    intendedAddresses: z.nullable(texts),
    wanted: said(
      'The name that the PTR record should hold, and whether it leads to the address already.',
      z.nullable(z.object({ name: text, leads: z.boolean() })),
    ),
    helo: z.optional(
      z.object({ name: text, qualified: z.boolean(), resolves: known, addresses: texts, matchesPtr: known }),
    ),
    problems,
    unknown,
    ttl,
  }),
);

const Mx = component(
  'MxFacts',
  'Where mail for the domain goes.',
  z.object({
    result: z.enum(['mx', 'implicit', 'null', 'none', 'unknown']),
    domain: text,
    exists: known,
    hosts: z.array(
      z.object({
        preference: count,
        name: text,
        status: z.enum([
          'ok',
          'address-literal',
          'bad-name',
          'no-address',
          'unreachable',
          'verification',
          'unknown',
          'not-asked',
        ]),
        aliases: texts,
        addresses: texts,
        meant: said(
          'What was meant, where the name was entered wrongly.',
          z.optional(
            z.object({
              cause: z.enum(['suffix', 'doubled', 'characters', 'one-label', 'address']),
              name: text,
              reachable: known,
            }),
          ),
        ),
      }),
    ),
    canReceive: known,
    inTxt: said('TXT records that were meant as MX, A or AAAA.', z.array(z.unknown())),
    proposed: said('Without MX: a record that leads to a host of the domain; empty where none is known.', text),
    authenticated: said('Vouched for by DNSSEC, as the resolver says.', z.boolean()),
    problems: z.array(z.object({ id: text, detail: text, preference: z.optional(count) })),
    unknown,
    ttl,
  }),
);

const Dnsbl = component(
  'DnsblFacts',
  'The block lists that were asked, and what each answered.',
  z.object({
    result: z.enum(['listed', 'not-listed', 'unknown']),
    listings: z.array(
      z.object({
        list: text,
        listName: text,
        subject: said('The address or domain in question.', text),
        kind: z.enum(['ip', 'domain']),
        status: z.enum(['listed', 'not-listed', 'unknown']),
        parts: z.array(z.object({ part: text, weight: text, policy: z.boolean() })),
        codes: texts,
        reason: said('Why it is not known.', z.nullable(text)),
        removal: said('Where to ask for removal.', text),
      }),
    ),
    problems,
    unknown,
    ttl,
  }),
);

const Caa = z.object({
  result: z.enum(['none', 'found', 'unknown']),
  name: z.nullable(text),
  issuers: texts,
  unknownCritical: texts,
  unknown,
  ttl,
});

const Dns = component(
  'DnsFacts',
  'Whether the domain exists, with its records.',
  z.object({ exists: known, a: texts, aaaa: texts, ns: texts, txt: texts, signed: known, caa: Caa }),
);

const MtaSts = component(
  'MtaStsFacts',
  'The record and the policy file of MTA-STS (RFC 8461).',
  z.object({
    result: z.enum(['none', 'valid', 'invalid', 'unknown']),
    domain: text,
    record: z.optional(
      z.object({
        valid: z.boolean(),
        id: z.nullable(text),
        problem: problemOf('version', 'syntax', 'missing-id', 'bad-id'),
        text,
      }),
    ),
    policy: z.optional(
      z.object({
        valid: z.boolean(),
        mode: z.nullable(z.enum(['enforce', 'testing', 'none'])),
        maxAge: said('Seconds.', z.nullable(count)),
        mx: texts,
        problems,
      }),
    ),
    hosts: z.array(z.object({ name: text, allowed: z.boolean() })),
    expires: z.optional(text),
    problems,
    unknown,
    ttl,
  }),
);

const TlsRpt = component(
  'TlsRptFacts',
  'Where reports about failed TLS go (RFC 8460).',
  z.object({
    result: z.enum(['none', 'valid', 'invalid', 'unknown']),
    domain: text,
    record: z.optional(
      z.object({
        valid: z.boolean(),
        addresses: texts,
        fields: said('How many rua fields it has.', count),
        problem: problemOf('version', 'syntax', 'missing-rua', 'bad-rua'),
        text,
      }),
    ),
    corrected: said(
      'The right record in place of faulty ones; empty where an address is not clear, null where none is given.',
      z.optional(z.nullable(text)),
    ),
    problems,
    unknown,
    ttl,
  }),
);

const Dane = component(
  'TlsFacts',
  'TLSA records of the mail hosts (RFC 7672).',
  z.object({
    result: z.enum(['none', 'usable', 'mixed', 'unsigned', 'unusable', 'unknown']),
    hosts: z.array(
      z.object({
        name: text,
        status: z.enum(['usable', 'unsigned', 'unusable', 'none', 'unknown']),
        records: z.array(
          z.object({
            usage: count,
            selector: count,
            matchingType: count,
            fault: problemOf('usage', 'selector', 'matching-type', 'length'),
          }),
        ),
      }),
    ),
    unknown,
    ttl,
  }),
);

const Bimi = component(
  'BimiFacts',
  'The logo record (BIMI).',
  z.object({
    result: z.enum(['none', 'valid', 'declined', 'invalid', 'unknown']),
    domain: text,
    recordDomain: said('Where the record was found: the domain, or its organizational domain.', z.optional(text)),
    record: z.optional(
      z.object({
        status: z.enum(['valid', 'declined', 'invalid']),
        location: text,
        authority: text,
        problem: problemOf('version', 'syntax', 'missing-location', 'not-https'),
        text,
      }),
    ),
    problems,
    unknown,
    ttl,
  }),
);

const Message = component(
  'MessageFacts',
  'What was seen of a mail: its way, its authentication, what it holds. What could not be seen is absent.',
  z.object({
    envelope: z.unknown(),
    content: z.optional(z.unknown()),
    spf: z.optional(z.object({ inspection: SpfInspection, outcome: z.optional(SpfOutcome) })),
    dkim: said('Each signature with its result (RFC 6376 section 6.1).', z.optional(z.unknown())),
    dmarc: z.optional(z.object({ inspection: Dmarc, outcome: z.unknown() })),
    ptr: z.optional(Reverse),
    dnsbl: z.optional(Dnsbl),
    links: said('Block lists about the domains that the mail links to.', z.optional(Dnsbl)),
    mx: z.optional(Mx),
  }),
);

export const Facts = component(
  'Facts',
  'What each section found, as its protocol’s outcome; a section that was not asked for is absent.',
  z.object({
    spf: z.optional(
      z.object({
        inspection: SpfInspection,
        outcomes: said('One for each address that was given.', z.array(SpfOutcome)),
      }),
    ),
    dkim: z.optional(Dkim),
    dmarc: z.optional(Dmarc),
    ptr: z.optional(
      said(
        'One for each address that was given; where an address itself is checked, alone.',
        z.union([Reverse, z.array(Reverse)]),
      ),
    ),
    mx: z.optional(Mx),
    dnsbl: z.optional(Dnsbl),
    dns: z.optional(Dns),
    'mta-sts': z.optional(MtaSts),
    'tls-rpt': z.optional(TlsRpt),
    tls: z.optional(Dane),
    bimi: z.optional(Bimi),
    message: z.optional(Message),
  }),
);

/** What may stand in a report of any kind. */
type AnyFacts = Omit<DomainFacts, 'ptr'> & { ptr?: AddressFacts['ptr'] | DomainFacts['ptr']; message?: MessageFacts };
export type FactsFit = Fits<AnyFacts, z.infer<typeof Facts>>;
