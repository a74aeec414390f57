/*
 * The image's health check: a worker is healthy while it is ready, as its own /readyz says. Any other command of Farcopy has nothing
 * to be asked for, and is healthy as long as it runs.
 */
const { readFileSync } = require('node:fs');

const [, , program = '/proc/1/cmdline'] = process.argv;
const { FARCOPY_HEALTH_ADDRESS: address = '' } = process.env;

async function isHealthy() {
  if (!readFileSync(program, 'utf8').split('\0').includes('worker')) return true;
  const reached = address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
  try {
    return (await fetch(`http://${reached}/readyz`)).ok;
  } catch {
    return false;
  }
}

void isHealthy().then((healthy) => {
  process.exitCode = healthy ? 0 : 1;
});
