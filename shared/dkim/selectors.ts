// Selectors that are asked for where neither the user nor a provider names one.

/** What signing software writes by default and guides use: opendkim, Plesk, cPanel, ISPmanager, Postfix tutorials. */
export const COMMON_SELECTORS: readonly string[] = [
  ...['default', 'mail', 'dkim', 'selector1', 's1', 'k1', 'google', 'key1', 'mail2', 'dkim1', 'smtp', 'email'],
];
