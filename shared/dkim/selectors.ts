// Which selectors the mail providers use, as data: for finding keys where no selector is known.

export interface Provider {
  name: string;
  /** Ends of MX host names, and of the domains in SPF terms (include:, redirect=, a:, mx:). */
  hosts: readonly string[];
  /** Selectors in the order of their likelihood. */
  selectors: readonly string[];
  /** The provider makes its selectors up for each customer, so that a guess proves nothing. */
  random?: boolean;
}

export const PROVIDERS: readonly Provider[] = [
  { name: 'Google Workspace', hosts: ['google.com', 'googlemail.com', 'psmtp.com'], selectors: ['google'] },
  {
    name: 'Microsoft 365',
    hosts: ['mail.protection.outlook.com', 'spf.protection.outlook.com', 'mx.microsoft'],
    selectors: ['selector1', 'selector2'],
  },
  { name: 'Yandex 360', hosts: ['yandex.net', 'yandex.ru'], selectors: ['mail'] },
  { name: 'VK WorkSpace (Mail.ru)', hosts: ['mail.ru'], selectors: ['mailru'] },
  { name: 'SendGrid', hosts: ['sendgrid.net'], selectors: ['s1', 's2', 'smtpapi'] },
  {
    name: 'Mailgun',
    hosts: ['mailgun.org'],
    selectors: ['pic', 'mailo', 'krs', 'k1', 'smtp', 'mg', 's1', 'mx'],
    random: true,
  },
  { name: 'Amazon SES', hosts: ['amazonses.com', 'awsapps.com'], selectors: [], random: true },
  { name: 'Unisender', hosts: ['unisender.com', 'unione.io', 'unisender.ru'], selectors: ['us', 'us1', 'us2'] },
  { name: 'Mailchimp', hosts: ['mcsv.net'], selectors: ['k1', 'k2', 'k3'] },
  { name: 'Mandrill', hosts: ['mandrillapp.com'], selectors: ['mandrill', 'mte1', 'mte2', 'k1'] },
  {
    name: 'Zoho',
    hosts: ['zoho.com', 'zoho.eu', 'zohomail.com', 'zoho.in', 'zohomail.eu'],
    selectors: ['zmail', 'zoho', 'zohomail', 'default'],
  },
  { name: 'Fastmail', hosts: ['messagingengine.com'], selectors: ['fm1', 'fm2', 'fm3', 'mesmtp'] },
  {
    name: 'Proton Mail',
    hosts: ['protonmail.ch', 'proton.me'],
    selectors: ['protonmail', 'protonmail2', 'protonmail3'],
  },
  { name: 'Postmark', hosts: ['mtasv.net', 'postmarkapp.com'], selectors: ['pm', 'pm-bounces'], random: true },
  { name: 'Brevo', hosts: ['sendinblue.com', 'brevo.com'], selectors: ['mail', 'brevo1', 'brevo2'] },
  { name: 'SparkPost', hosts: ['sparkpostmail.com'], selectors: ['scph0118'], random: true },
  { name: 'Mailjet', hosts: ['mailjet.com'], selectors: ['mailjet'] },
  { name: 'HubSpot', hosts: ['hubspotemail.net'], selectors: ['hs1', 'hs2'] },
  { name: 'Klaviyo', hosts: ['klaviyomail.com'], selectors: ['kl', 'kl2'] },
  {
    name: 'Salesforce',
    hosts: ['salesforce.com', 'exacttarget.com'],
    selectors: ['sf1', 'sf2', '200608'],
    random: true,
  },
  { name: 'Zendesk', hosts: ['zendesk.com'], selectors: ['zendesk1', 'zendesk2'] },
  { name: 'Shopify', hosts: ['shopifyemail.com', 'shops.shopify.com'], selectors: ['s1', 's2'] },
  { name: 'MailerLite', hosts: ['mlsend.com'], selectors: ['litesrv', 'ml'] },
  { name: 'iCloud', hosts: ['icloud.com'], selectors: ['sig1'] },
  { name: 'Mimecast', hosts: ['mimecast.com'], selectors: ['mimecast'], random: true },
  { name: 'OVH', hosts: ['ovh.net', 'ovh.com'], selectors: ['ovhmo'], random: true },
  {
    name: 'IONOS',
    hosts: ['ionos.com', 'kundenserver.de', 'ionos.de', '1and1.com'],
    selectors: ['s1-ionos', 's2-ionos', 's42582890'],
  },
  { name: 'Hetzner', hosts: ['your-server.de'], selectors: ['default', 'dkim'] },
  { name: 'Beget', hosts: ['beget.com', 'beget.ru'], selectors: ['beget'] },
  { name: 'Timeweb', hosts: ['timeweb.ru'], selectors: ['dkim'] },
  { name: 'REG.RU', hosts: ['hosting.reg.ru', 'reg.ru'], selectors: ['dkim', 'mail'] },
  { name: 'Namecheap Private Email', hosts: ['privateemail.com', 'registrar-servers.com'], selectors: ['default'] },
  { name: 'GoDaddy', hosts: ['secureserver.net'], selectors: ['selector1', 'default', 'secureserver1'] },
  { name: 'Hostinger', hosts: ['hostinger.com'], selectors: ['hostingermail1', 'hostingermail-a', 'default'] },
  { name: 'Migadu', hosts: ['migadu.com'], selectors: ['key1', 'key2', 'key3'] },
  { name: 'Mailbox.org', hosts: ['mailbox.org'], selectors: ['mbo0001', 'mbo0002'] },
  { name: 'Tuta', hosts: ['tutanota.de', 'tuta.com'], selectors: ['s1', 's2'] },
  { name: 'Gandi', hosts: ['gandi.net'], selectors: ['gm1', 'gm2', 'gm3'] },
  { name: 'Infomaniak', hosts: ['infomaniak.ch', 'infomaniak.com'], selectors: ['20220426', 'default'], random: true },
  { name: 'Cloudflare Email', hosts: ['mx.cloudflare.net', '_spf.mx.cloudflare.net'], selectors: ['cf2024-1'] },
];

/** What signing software writes by default and guides use: opendkim, Plesk, cPanel, ISPmanager, Postfix tutorials. */
export const COMMON_SELECTORS: readonly string[] = [
  ...['default', 'mail', 'dkim', 'selector1', 's1', 'k1', 'google', 'key1', 'mail2', 'dkim1', 'smtp', 'email'],
];
