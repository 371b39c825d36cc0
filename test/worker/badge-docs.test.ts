// The snippets of docs/badge.md: PHP that parses, runs, and lets nothing of a domain's text out as markup; addresses that the Worker answers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createApp } from '../../worker/app.ts';
import { createEdge } from '../../worker/edge.ts';
import { needs } from '../support/peers.ts';
import { run } from '../support/program.ts';

const php = needs('php', 'php-cli');
const text = readFileSync(fileURLToPath(new URL('../../docs/badge.md', import.meta.url)), 'utf8');
const snippets = [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, code]) => ({
  language: language!,
  code: code!,
}));
const phpSnippets = snippets.filter(({ language }) => language === 'php').map(({ code }) => code);
const HOSTILE = `x"><script>alert(1)</script>'`;

/** What the snippets call, as Bitrix and WordPress have it; callbacks run at once, and what would be shown is printed. */
const AROUND = `
define('B_PROLOG_INCLUDED', true); define('ABSPATH', '/'); define('LANGUAGE_ID', 'ru');
function htmlspecialcharsbx($text) { return htmlspecialchars($text, ENT_COMPAT, 'UTF-8'); }
function AddEventHandler($module, $event, $callback) { $callback(); }
class CAdminInformer { static function AddItem($item) { echo $item['HTML'], $item['FOOTER']; } }
$USER = new class { function IsAdmin() { return true; } };
function add_action($hook, $callback) { $callback(); }
function current_user_can($right) { return true; }
function wp_add_dashboard_widget($id, $name, $callback) { $callback(); }
function get_user_locale() { return 'ru_RU'; }
function esc_url($url) { return htmlspecialchars($url, ENT_QUOTES); }
function esc_attr($text) { return htmlspecialchars($text, ENT_QUOTES); }
`;

test('there are snippets for HTML, READMEs, Bitrix and WordPress', () => {
  assert.equal(phpSnippets.length, 4);
  assert.ok(snippets.filter(({ language }) => language === 'html').length >= 2);
  assert.ok(snippets.filter(({ language }) => language === 'markdown').length >= 2);
});

for (const [index, code] of phpSnippets.entries()) {
  test(`PHP snippet ${index + 1} parses, and escapes its values`, { skip: php.missing }, async () => {
    const lint = await run(php.path, ['-n', '-l'], { input: code });
    assert.equal(lint.code, 0, lint.stdout + lint.stderr);
    const hostile = code.replace("'shop.example'", () => `base64_decode('${Buffer.from(HOSTILE).toString('base64')}')`);
    const shown = await run(php.path, ['-n', '-d', 'display_errors=stderr', '-d', 'error_reporting=-1'], {
      input: `<?php ${AROUND} ?>${hostile}`,
    });
    assert.equal(shown.stderr, '');
    assert.equal(shown.code, 0);
    assert.doesNotMatch(shown.stdout, /<script/);
    if (hostile === code) return;
    assert.match(shown.stdout, /https:\/\/mailshim\.example\.workers\.dev\/(?:embed|badge)\/x%22%3E%3Cscript%3E/);
    assert.match(shown.stdout, /lang=ru/);
  });
}

test('every address in the snippets is one that the Worker has', () => {
  const app = createApp(createEdge());
  const routes = app.routes.filter(({ method }) => method === 'GET').map(({ path }) => path.replace(/:\w+/, '[^/?]+'));
  const addresses = [...text.matchAll(/https:\/\/mailshim\.example\.workers\.dev(\/[^"?)\s]*)/g)].map(
    (match) => match[1]!,
  );
  assert.ok(addresses.length >= 5);
  for (const address of addresses) {
    assert.ok(
      routes.some((route) => new RegExp(`^${route}$`).test(address)),
      address,
    );
  }
});
