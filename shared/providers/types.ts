// A mail provider, as data: its mail servers, the records of its customers, its submission servers and logins.

/**
 * `mailbox`: mailboxes in the customer's domain, which also send; `sending`: sends mail for programs; `forwarding`: only
 * receives, and forwards; `filter`: receives for mailboxes at another provider.
 */
export type ProviderKind = 'mailbox' | 'sending' | 'forwarding' | 'filter';

/** The remedy for a rejected login; the first entry whose `reply` matches applies, one without `reply` matches all. */
export interface LoginRemedy {
  /** Matched against the whole reply, with code and enhanced status. */
  reply?: RegExp;
  en: string;
  ru: string;
}

export interface Provider {
  /** Stable; the argument of `mailshim init --provider ID`. */
  id: string;
  name: string;
  kind: ProviderKind;
  /**
   * Its MX hosts: names, each with all below it, or with `*` for exactly one label. Narrow where rented servers of
   * customers have the same ending.
   */
  mx?: readonly string[];
  spf?: {
    /** The include of its documentation; absent where it differs between customers or is not published. */
    include?: string;
    /** Endings of this provider's names in SPF records. */
    names: readonly string[];
  };
  /**
   * `provider`: the envelope sender is in a domain of the provider, or in a subdomain that its panel sets up, so that the
   * SPF record of the customer's own domain is not evaluated. Absent: the customer's own address.
   */
  returnPath?: 'provider';
  submission?: {
    /** Host names; the first is the one to use. `*` is one label, such as a region. */
    hosts: readonly string[];
    /** 465: TLS from the start; 587: STARTTLS. */
    port: 465 | 587;
    /** The user name, where it is the same for all customers. */
    user?: string;
  };
  /** DKIM selectors, most likely first. */
  selectors?: readonly string[];
  /** The provider chooses selectors for each customer: a missing one means nothing. */
  selectorsVary?: true;
  /** Domains with mailboxes for everyone: mail from them can only be sent by the provider itself. */
  mailboxDomains?: readonly string[];
  /** Limits of one mail: bytes and recipients. */
  limits?: { bytes?: number; recipients?: number };
  /** It replies 250 also to mail that it drops. */
  acceptsAndDrops?: true;
}
