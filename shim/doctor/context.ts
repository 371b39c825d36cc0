// What the doctor's links look at: the machine, the configuration, and whom mail is sent as.

import type { Resolver } from '../../shared/dns/types.ts';
import type { Account } from '../config/account.ts';
import type { Configuration } from '../config/files.ts';
import type { Environment } from '../environment.ts';

/** A user in numbers, as the kernel sees who may do what. */
export interface Person {
  name: string;
  uid: number;
  gid: number;
}

export interface DoctorContext {
  environment: Environment;
  /** Root of the machine, "" but in tests. */
  root: string;
  configuration: Configuration;
  /** Undefined where the configuration gives none. */
  account: Account | undefined;
  /** Whom PHP runs as. */
  web: Person;
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
  };
  /** Recipient to ask the relay about. */
  to: string | undefined;
}
