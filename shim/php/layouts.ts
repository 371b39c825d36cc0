// Where distributions, panels and images put PHP and its settings, as data. `*` matches one name, or part of one.

export interface Layout {
  name: string;
  /** One folder for each PHP; what `*` matches there is `{}` in the other paths. */
  base: string;
  /** php.ini; here `*` is the kind (cli, fpm, apache2). Paths that begin with "/" are from the root, others from the base. */
  ini: string;
  /** Folders of further .ini files; `*` is the kind too. */
  scan: readonly string[];
  /** Files of FPM's pools. */
  pools: readonly string[];
  /** FPM's own file, for `php-fpm -tt -y`. */
  conf: string;
  cli: string;
  fpm: string;
}

export const LAYOUTS: readonly Layout[] = [
  {
    name: 'Debian, Ubuntu, sury; HestiaCP and ISPmanager with PHP of the system',
    base: 'etc/php/*',
    ini: '*/php.ini',
    scan: ['*/conf.d'],
    pools: ['fpm/pool.d/*.conf'],
    conf: 'fpm/php-fpm.conf',
    cli: '/usr/bin/php{}',
    fpm: '/usr/sbin/php-fpm{}',
  },
  {
    name: 'RHEL, AlmaLinux, Rocky, CentOS, BitrixVM',
    base: 'etc',
    ini: 'php.ini',
    scan: ['php.d'],
    pools: ['php-fpm.d/*.conf'],
    conf: 'php-fpm.conf',
    cli: '/usr/bin/php',
    fpm: '/usr/sbin/php-fpm',
  },
  {
    name: 'collections of Remi',
    base: 'etc/opt/remi/*',
    ini: 'php.ini',
    scan: ['php.d'],
    pools: ['php-fpm.d/*.conf'],
    conf: 'php-fpm.conf',
    cli: '/opt/remi/{}/root/usr/bin/php',
    fpm: '/opt/remi/{}/root/usr/sbin/php-fpm',
  },
  {
    name: 'collections of Red Hat',
    base: 'etc/opt/rh/*',
    ini: 'php.ini',
    scan: ['php.d'],
    pools: ['php-fpm.d/*.conf'],
    conf: 'php-fpm.conf',
    cli: '/opt/rh/{}/root/usr/bin/php',
    fpm: '/opt/rh/{}/root/usr/sbin/php-fpm',
  },
  {
    name: 'ISPmanager, FASTPANEL',
    base: 'opt/php*',
    ini: 'etc/php.ini',
    scan: ['etc/php.d', 'etc/mods-available'],
    pools: ['etc/php-fpm.d/*.conf', 'etc/pool.d/*.conf'],
    conf: 'etc/php-fpm.conf',
    cli: 'bin/php',
    fpm: 'sbin/php-fpm',
  },
  {
    name: 'Plesk',
    base: 'opt/plesk/php/*',
    ini: 'etc/php.ini',
    scan: ['etc/php.d'],
    pools: ['etc/php-fpm.d/*.conf'],
    conf: 'etc/php-fpm.conf',
    cli: 'bin/php',
    fpm: 'sbin/php-fpm',
  },
  {
    name: 'cPanel',
    base: 'opt/cpanel/*',
    ini: 'root/etc/php.ini',
    scan: ['root/etc/php.d'],
    pools: ['root/etc/php-fpm.d/*.conf'],
    conf: 'root/etc/php-fpm.conf',
    cli: 'root/usr/bin/php',
    fpm: 'root/usr/sbin/php-fpm',
  },
  {
    name: 'CloudLinux',
    base: 'opt/alt/php*',
    ini: 'etc/php.ini',
    scan: ['etc/php.d'],
    pools: ['etc/php-fpm.d/*.conf'],
    conf: 'etc/php-fpm.conf',
    cli: 'usr/bin/php',
    fpm: 'usr/sbin/php-fpm',
  },
  ...['vesta', 'hestia'].map((panel) => ({
    name: `the own PHP of ${panel}`,
    base: `usr/local/${panel}/php`,
    ini: 'lib/php.ini',
    scan: ['lib/php.d', 'lib/conf.d'],
    pools: ['etc/php-fpm.conf', 'etc/php-fpm.d/*.conf'],
    conf: 'etc/php-fpm.conf',
    cli: 'bin/php',
    fpm: 'sbin/php-fpm',
  })),
  {
    name: 'DirectAdmin',
    base: 'usr/local/php*',
    ini: 'lib/php.ini',
    scan: ['lib/php.conf.d'],
    pools: ['etc/php-fpm.conf', '/usr/local/directadmin/data/users/*/php/php-fpm{}.conf'],
    conf: 'etc/php-fpm.conf',
    cli: 'bin/php',
    fpm: 'sbin/php-fpm',
  },
  {
    name: 'aaPanel',
    base: 'www/server/php/*',
    ini: 'etc/php.ini',
    scan: ['etc/php.d'],
    pools: ['etc/php-fpm.conf', 'etc/php-fpm.d/*.conf'],
    conf: 'etc/php-fpm.conf',
    cli: 'bin/php',
    fpm: 'sbin/php-fpm',
  },
  {
    name: 'the images of Docker',
    base: 'usr/local/etc',
    ini: 'php/php.ini',
    scan: ['php/conf.d'],
    pools: ['php-fpm.d/*.conf'],
    conf: 'php-fpm.conf',
    cli: '/usr/local/bin/php',
    fpm: '/usr/local/sbin/php-fpm',
  },
  {
    name: 'built from source',
    base: 'usr/local/lib',
    ini: 'php.ini',
    scan: ['conf.d'],
    pools: [],
    conf: 'php-fpm.conf',
    cli: '/usr/local/bin/php',
    fpm: '/usr/local/sbin/php-fpm',
  },
  {
    name: 'Alpine, Arch',
    base: 'etc/php*',
    ini: 'php.ini',
    scan: ['conf.d'],
    pools: ['php-fpm.d/*.conf'],
    conf: 'php-fpm.conf',
    cli: '/usr/bin/php{}',
    fpm: '/usr/sbin/php-fpm{}',
  },
  {
    name: 'SUSE',
    base: 'etc/php*',
    ini: '*/php.ini',
    scan: ['conf.d'],
    pools: ['fpm/php-fpm.d/*.conf'],
    conf: 'fpm/php-fpm.conf',
    cli: '/usr/bin/php{}',
    fpm: '/usr/sbin/php-fpm',
  },
];

/** php.ini of one user or site each, as panels write it for CGI; `*` that names the user is the last one. */
export const SITE_INIS: readonly { path: string; names: 'user' | 'site' }[] = [
  { path: 'var/www/php-bin*/*/php.ini', names: 'user' },
  { path: 'var/www/vhosts/system/*/etc/php.ini', names: 'site' },
];

/** Configuration of Apache: later files may change what earlier ones say. */
export const APACHE_FILES: readonly string[] = [
  'etc/apache2/apache2.conf',
  'etc/apache2/httpd.conf',
  'etc/apache2/conf/httpd.conf',
  'etc/httpd/conf/httpd.conf',
  'usr/local/apache2/conf/httpd.conf',
  'etc/apache2/mods-enabled/*.conf',
  'etc/apache2/conf-enabled/*',
  'etc/apache2/conf.d/*',
  'etc/apache2/sites-enabled/*',
  'etc/apache2/vhosts.d/*',
  'etc/apache2/vhosts/*/*.conf',
  'etc/httpd/conf.modules.d/*.conf',
  'etc/httpd/conf.d/*.conf',
  'etc/httpd/sites-enabled/*',
  'etc/httpd/conf/vhosts/*/*.conf',
  'etc/httpd/bx/conf/*.conf',
  'etc/httpd/bx/custom/*.conf',
  'home/*/conf/web/*.conf',
  'home/*/conf/web/*/*.conf',
  'var/www/vhosts/system/*/conf/*.conf',
];

/** Debian's Apache takes its user from here. */
export const APACHE_VARIABLES = 'etc/apache2/envvars';
/** Users of web servers, for a machine on which no pool names one. */
export const WEB_USERS: readonly string[] = ['www-data', 'apache', 'bitrix', 'nginx', 'wwwrun', 'http', 'httpd', 'www'];
