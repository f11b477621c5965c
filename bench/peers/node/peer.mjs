// node peer.mjs --conf DIR --flow down|up [--schools N] [--ahead SECONDS]: one run of a flow for the schools of a configuration as passerelle-sim
// writes it, all at once. Prints one line of JSON.
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { counters } from './http.mjs';
import { Store } from './store.mjs';
import { Edusign, Ypareo } from './vendors.mjs';
import { down } from './down.mjs';
import { up } from './up.mjs';

const { values: o } = parseArgs({
  options: {
    conf: { type: 'string' },
    flow: { type: 'string' },
    schools: { type: 'string', default: '1000000' },
    ahead: { type: 'string', default: '0' },
    'per-minute': { type: 'string', default: '1000000' },
  },
});

function open(file) {
  const c = JSON.parse(readFileSync(file, 'utf8'));
  const secret = (name) => readFileSync(resolve(dirname(file), name), 'utf8').trim();
  const edusign = c.environments[0].edusign;
  return {
    id: basename(file, '.json'),
    zone: c.timezone,
    email: c.ypareo.email ?? 'pro',
    daysAhead: c.schedule?.days_ahead ?? 7,
    daysBack: c.schedule?.days_back ?? 7,
    reasons: c.options?.absence_reasons ?? { unjustified: 1, justified: 2, late: 3 },
    ahead: Number(o.ahead) * 1000,
    ypareo: new Ypareo(c.ypareo.url, secret(c.ypareo.token_file), c.limits?.ypareo_concurrency ?? 2),
    edusign: new Edusign(edusign.url, secret(edusign.token_file), Number(o['per-minute'])),
  };
}

const folder = join(o.conf, 'tenants.d');
const files = readdirSync(folder)
  .filter((f) => f.endsWith('.json'))
  .sort()
  .slice(0, Number(o.schools));
const began = performance.now();
const totals = {};
let failed = 0;
await Promise.all(
  files.map(async (file) => {
    const school = open(join(folder, file));
    const path = join(o.conf, 'peer-data', school.id);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const store = new Store(path);
    try {
      const stats = await (o.flow === 'up' ? up : down)(school, store);
      for (const [k, n] of Object.entries(stats)) totals[k] = (totals[k] ?? 0) + n;
    } catch (e) {
      failed++;
      process.stderr.write(`${school.id}: ${e.stack}\n`);
    }
    await store.close();
  }),
);
console.log(JSON.stringify({ schools: files.length, failed, ...totals, ...counters, wall_ms: Math.round(performance.now() - began) }));
process.exit(failed ? 5 : 0);
