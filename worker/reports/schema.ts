// The tables behind reports and bounces, in D1. They are part of the migrations (worker/monitor/schema.ts).

/** Tables that have a column `domain`: what is forgotten with a watch. */
export const REPORT_TABLES: readonly string[] = [
  ...['reports', 'report_sources', 'report_pieces', 'bounces'],
  ...['bounce_days', 'bounced_addresses', 'digests'],
];

/** Times are milliseconds since 1970, UTC. */
export const REPORTS_MIGRATION: readonly string[] = [
  // `id`: a hash of kind, domain, reporter, report id and period; `intake`: which arrival it came by.
  `CREATE TABLE IF NOT EXISTS reports (
    id TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    reporter TEXT NOT NULL,
    report_id TEXT NOT NULL,
    begins_at INTEGER,
    ends_at INTEGER,
    received_at INTEGER NOT NULL,
    requested TEXT NOT NULL,
    messages INTEGER NOT NULL,
    rows_kept INTEGER NOT NULL,
    intake TEXT NOT NULL,
    detail TEXT NOT NULL
  ) WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS reports_of ON reports (domain, kind, received_at)',
  'CREATE INDEX IF NOT EXISTS reports_by ON reports (domain, reporter, received_at)',
  `CREATE TABLE IF NOT EXISTS report_sources (
    report TEXT NOT NULL,
    number INTEGER NOT NULL,
    domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    source_ip TEXT NOT NULL,
    messages INTEGER NOT NULL,
    disposition TEXT,
    dkim TEXT,
    spf TEXT,
    header_from TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    dkim_results TEXT NOT NULL,
    spf_domain TEXT NOT NULL,
    spf_result TEXT NOT NULL,
    reasons TEXT NOT NULL,
    PRIMARY KEY (report, number)
  ) WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS report_sources_of ON report_sources (domain, day)',
  `CREATE TABLE IF NOT EXISTS report_pieces (
    report TEXT NOT NULL,
    number INTEGER NOT NULL,
    domain TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    xml TEXT NOT NULL,
    PRIMARY KEY (report, number)
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS bounces (
    report TEXT NOT NULL,
    number INTEGER NOT NULL,
    domain TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    diagnostic TEXT NOT NULL,
    remote TEXT NOT NULL,
    message_id TEXT NOT NULL,
    PRIMARY KEY (report, number)
  ) WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS bounces_of ON bounces (domain, received_at)',
  'CREATE INDEX IF NOT EXISTS bounces_about ON bounces (message_id)',
];

/** Sums, so that a request reads a few rows however many bounces there were. */
export const SUMS_MIGRATION: readonly string[] = [
  // `action`: failed, delayed, complained, or delivered where a provider's events say so; `provider`: of the recipient, '' where it is in no table.
  `CREATE TABLE IF NOT EXISTS bounce_days (
    domain TEXT NOT NULL,
    day INTEGER NOT NULL,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    cause TEXT NOT NULL,
    status TEXT NOT NULL,
    provider TEXT NOT NULL,
    messages INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    example TEXT NOT NULL,
    PRIMARY KEY (domain, day, action, reason, cause, status, provider)
  ) WITHOUT ROWID`,
  // Addresses that do not exist.
  `CREATE TABLE IF NOT EXISTS bounced_addresses (
    domain TEXT NOT NULL,
    address TEXT NOT NULL,
    reason TEXT NOT NULL,
    status TEXT NOT NULL,
    bounces INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (domain, address)
  ) WITHOUT ROWID`,
  // What was kept before these tables were.
  `INSERT OR IGNORE INTO bounce_days
     SELECT domain, received_at / 86400000 * 86400000, action, reason, '', status, '', count(*), max(received_at),
       max(diagnostic) FROM bounces WHERE action IN ('failed', 'delayed')
     GROUP BY domain, received_at / 86400000, action, reason, status`,
  `INSERT OR IGNORE INTO bounced_addresses
     SELECT domain, address, min(reason), min(status), count(*), min(received_at), max(received_at) FROM bounces
     WHERE action = 'failed' AND reason IN ('no-such-address', 'no-such-domain') GROUP BY domain, address`,
  // Has all that the sums of days are made of, so that the rows themselves are not read for them.
  'DROP INDEX IF EXISTS report_sources_of',
  'CREATE INDEX IF NOT EXISTS report_sources_days ON report_sources (domain, day, messages, dkim, spf)',
  // When the weekly mail of a watch is due, and what it has said.
  `CREATE TABLE IF NOT EXISTS digests (
    domain TEXT PRIMARY KEY,
    due_at INTEGER NOT NULL,
    said TEXT NOT NULL
  ) WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS digests_due ON digests (due_at)',
  `INSERT OR IGNORE INTO digests
     SELECT domain, next_check_at + 604800000, '{}' FROM watches WHERE json_extract(settings, '$.mail') IS NOT NULL`,
];
