/*
 * The image's health check: `node healthcheck.js [PATH]`. A worker is healthy while it answers PATH with success: /readyz, or /startupz
 * for those who end what is not healthy. Any other command of Farcopy has nothing to be asked for, and is healthy as long as it runs.
 */
const { readFileSync } = require('node:fs');

const [, , path = '/readyz', program = '/proc/1/cmdline'] = process.argv;

/** Where the worker serves its health, as it understands it: by its own words before the variable. */
function addressOf(words) {
  const option = '--health-address';
  const at = words.lastIndexOf(option);
  const joined = words.findLast((word) => word.startsWith(`${option}=`));
  const named = at >= 0 ? words[at + 1] : joined?.slice(option.length + 1);
  return (named ?? process.env.FARCOPY_HEALTH_ADDRESS ?? '').trim();
}

async function isHealthy() {
  const words = readFileSync(program, 'utf8').split('\0');
  if (!words.includes('worker')) return true;
  const address = addressOf(words)
    .replace(/^0\.0\.0\.0:/, '127.0.0.1:')
    .replace(/^\[::\]:/, '[::1]:');
  try {
    return (await fetch(`http://${address}${path}`)).ok;
  } catch {
    return false;
  }
}

void isHealthy().then((healthy) => {
  process.exitCode = healthy ? 0 : 1;
});
