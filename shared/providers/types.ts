// What one mail provider is, as data: who receives for its customers, what they publish, where they submit, how they log in.

/**
 * `mailbox`: people's mailboxes at the customer's domain, which also send; `sending`: takes mail from programs and sends
 * it; `forwarding`: only receives, and forwards; `filter`: receives in front of mailboxes that another provider has.
 */
export type ProviderKind = 'mailbox' | 'sending' | 'forwarding' | 'filter';

/** How a refused login is resolved; the first entry whose `reply` matches counts, one without `reply` always does. */
export interface LoginRemedy {
  /** Tried on the whole reply, code and enhanced status included. */
  reply?: RegExp;
  en: string;
  ru: string;
}

export interface Provider {
  /** Stable; `mailshim init --provider ID` takes it. */
  id: string;
  name: string;
  kind: ProviderKind;
  /**
   * Its MX hosts: names, each with all below it, or with `*` for exactly one label. Narrow where the same ending also
   * names rented servers, which are their customers' own.
   */
  mx?: readonly string[];
  spf?: {
    /** What its documentation tells customers to include; absent where it differs between them or is not published. */
    include?: string;
    /** Ends of the names by which a term of an SPF record means this provider. */
    names: readonly string[];
  };
  /**
   * `provider`: the envelope sender is in a domain of the provider's, or in a subdomain that its panel sets up, so that
   * the SPF record of the customer's own domain is not evaluated. Absent: the customer's own address.
   */
  returnPath?: 'provider';
  submission?: {
    /** Host names; the first is the one to use. `*` stands for one label, such as a region. */
    hosts: readonly string[];
    /** 465: TLS from the start; 587: STARTTLS. */
    port: 465 | 587;
    /** The user name, where it is the same for all customers. */
    user?: string;
  };
  /** DKIM selectors, most likely first. */
  selectors?: readonly string[];
  /** The provider chooses selectors for each customer: one that is not found says nothing. */
  selectorsVary?: true;
  /** Domains in which anyone gets a mailbox: mail from them can only be sent by the provider itself. */
  mailboxDomains?: readonly string[];
  /** What one mail may have at most; bytes and recipients. */
  limits?: { bytes?: number; recipients?: number };
  /** Its 250 does not say that the mail is on its way: it also answers so to mail that it drops. */
  acceptsAndDrops?: true;
}
