// worker/openapi/components.json is what the types of the code make, so that the API document cannot lag behind them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMPONENTS_FILE, componentsJson } from '../../scripts/openapi.ts';

test('components.json is current (UPDATE_DOCS=1 writes it)', () => {
  const text = componentsJson();
  if (process.env.UPDATE_DOCS === '1') writeFileSync(COMPONENTS_FILE, text);
  else assert.ok(readFileSync(COMPONENTS_FILE, 'utf8') === text, 'it is older than the types: node scripts/openapi.ts');
});
