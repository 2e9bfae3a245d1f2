import { beforeAll, expect, it } from 'vitest';
import { i18n, loadLaterWords, startTranslation } from '@/i18n';
import { Formatter } from '@/shared/format/formatter';
import { factRows } from './facts';

beforeAll(async () => {
  await startTranslation('en');
  await loadLaterWords();
});

it('says what an agent reports in words, and keeps what nobody named', () => {
  const rows = factRows(
    {
      rack: 'b7',
      memoryTotal: 8_000_000_000,
      cpus: 4,
      disks: [{ mount: '/', total: 100_000_000_000, available: 25_000_000_000 }],
      bootedAt: '2026-11-20T04:46:53Z',
      shells: ['sh', 'bash'],
    },
    new Formatter('en', 'latn'),
    i18n.t,
  );
  expect(rows).toEqual([
    { name: 'Processor cores', value: '4' },
    { name: 'Memory', value: '8 GB' },
    { name: 'Disks', value: '\u2068/\u2069 25 GB of 100 GB free' },
    { name: 'Running since', value: '2026-11-20T04:46:53Z', at: '2026-11-20T04:46:53Z' },
    { name: 'Shells', value: 'sh, bash' },
    { name: 'rack', value: 'b7' },
  ]);
});
