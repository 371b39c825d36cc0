// In front of each script of package.json: an old Node cannot read TypeScript and would end with a stack. So this file is
// CommonJS, and has no syntax and no module that Node 10 does not have.
var oldest = require('../package.json').engines.node.replace('>=', '').split('.').map(Number);
var own = process.versions.node.split('.').map(Number);

if (own[0] < oldest[0] || (own[0] === oldest[0] && own[1] < oldest[1])) {
  console.error(
    'mailshim needs Node.js ' +
      oldest.join('.') +
      ' or newer, and this is ' +
      process.versions.node +
      ': run "npm ci", which installs Node 24 in this checkout, and start this by "npm run"',
  );
  process.exit(1);
}
