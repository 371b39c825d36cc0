// What the doctor's links look at: the machine, the configuration, and the users that send.

import type { Resolver } from '../../shared/dns/types.ts';
import type { Account } from '../config/account.ts';
import type { Configuration } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import type { PhpView } from './people.ts';
import type { Person } from './person.ts';

export interface DoctorContext {
  environment: Environment;
  /** Root of the machine, "" but in tests. */
  root: string;
  configuration: Configuration;
  /** Undefined where the configuration gives none. */
  account: Account | undefined;
  /** Every PHP of this machine, what it says of mail, and the users that it runs as. */
  php: PhpView;
  /** The first of them, for what concerns only one; undefined where none is known. */
  web: Person | undefined;
  /** Users for whom a link before has failed already: what follows from it is left out. */
  blocked: Set<string>;
  resolver: Resolver;
  version: string;
  runtime: string;
  /** Where php.ini should find this program. */
  program: string;
  /** What the relay has shown of itself: the name it greets with, and its address where that is a public one. */
  seen: {
    greeting?: string;
    address?: string;
    /** Its name, where that has no address. */
    unresolved?: string;
    /** Milliseconds by which this machine's clock is fast, where a better one was seen. */
    clockOff?: number;
  };
  /** Recipient to ask the relay about. */
  to: string | undefined;
  /** Mails are really sent. */
  send: boolean;
}
