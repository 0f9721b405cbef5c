import { describe, expect, it } from 'vitest';
import { many, plain, practiced, type Members } from './practiced.ts';

/** Lists, and rows that are found by another key, from a file: the program against the sandbox, each reading the file for itself. */

interface Form {
  readonly title: string;
  readonly list: Members;
}

const fields = {
  ...plain.fields,
  email: 'email',
  owner: { type: 'id', sent: 'number', at: '/owner/id', common: 'owner' },
  region: { type: 'text', list: 'custom', key: 17 },
} as const;
const lists = { custom: { at: '/custom', entry: { id: '{key}', value: '{value}' } } } as const;

const get = {
  path: '/deals',
  records: '/data',
  filters: { name: 'title', owner: 'owner_id', region: 'cf_17' },
} as const;
const size = { in: 'limit', of: 4 } as const;

const forms: readonly Form[] = [
  { title: 'pages with numbers', list: { ...get, pages: { size, page: { in: 'page' }, more: '/has_more' } } },
  {
    title: 'pages with numbers from 0 that say no more',
    list: { ...get, pages: { size, page: { in: 'p', first: 0 } } },
  },
  { title: 'an offset and a total', list: { ...get, pages: { size, offset: 'skip', total: '/meta/total' } } },
  { title: 'a cursor', list: { ...get, pages: { size, cursor: { in: 'after', at: '/paging/next' } } } },
  { title: 'the address of the next page', list: { ...get, pages: { size, next: '/links/next' } } },
  { title: 'a Link header', list: { ...get, pages: { size, linkHeader: true } } },
  {
    title: 'filters in the body of a POST, several values a call',
    list: {
      method: 'POST',
      path: '/deals/search',
      records: '/results',
      record: '/deal',
      filters: { name: { in: 'title', most: 5, as: 'list' }, owner: 'owner_id', region: 'cf_17' },
      entries: { at: '/filters', entry: { field: '{key}', operator: 'in', value: '{value}' } },
      pages: { size: { in: '/limit', of: 4 }, offset: '/skip', total: '/total' },
    },
  },
  {
    title: 'parameters that are repeated',
    list: {
      ...get,
      filters: { ...get.filters, name: { in: 'title', most: 5, as: 'repeated' } },
      pages: { size, page: { in: 'page' } },
    },
  },
];

const columns = 'name,amount,owner,region';

describe.each(forms)('$title', ({ list }) => {
  const file = { fields, lists, read: { ...plain.read, list } };

  it('list all of it, and what matches', async () => {
    const { ids, world, oppatch } = await practiced(file, { samples: 10 });
    for (const [index, id] of ids.entries())
      world.records.put(id, {
        ...world.records.get(id),
        name: `Deal ${index}`,
        owner: { id: index % 3 },
        custom: [{ id: 17, value: index % 2 === 0 ? 'North' : 'South' }],
      });
    const all = await oppatch('list', '--csv', '--fields', columns);
    expect([all.code, all.stdout.trim().split('\n').length], all.stderr).toEqual([0, 11]);
    const some = await oppatch('list', '--json', '--where', 'owner=1', '--where', 'region=South');
    const shown = some.stdout.trim().split('\n');
    expect([some.code, shown.map((line) => (JSON.parse(line) as { title: string }).title)], some.stderr).toEqual([
      0,
      ['Deal 1', 'Deal 7'],
    ]);
    const wrong = await oppatch('list', '--where', 'amount=1');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('names no filter for it') as unknown]);
    expect(world.statistics.violations).toEqual([]);
  });

  it('find rows by a field of theirs, apply them, and undo it', async () => {
    const { place, ids, world, oppatch } = await practiced(file, { samples: 10 });
    for (const [index, id] of ids.entries())
      world.records.put(id, { ...world.records.get(id), name: index < 2 ? 'Twins' : `Deal ${index}` });
    const before = structuredClone(world.records.all());
    const edits = place.file('edits.csv', 'name,amount\nDeal 5,5.5\nDeal 9,9.5\nNobody,1\nTwins,2\nDeal 2,2.5\n');
    const applied = await oppatch('apply', edits, '--match-by', 'name', '--skip-invalid', '--yes', '--json');
    const { rows, run: id } = JSON.parse(applied.stdout) as { rows: Members; run: string };
    expect(rows, applied.stderr).toMatchObject({ read: 5, applied: 3 });
    expect(applied.stderr).toContain('2 opportunities have name "Twins"');
    expect([2, 5, 9].map((index) => world.records.get(ids[index] ?? '')?.['amount'])).toEqual([2.5, 5.5, 9.5]);
    expect((await oppatch('undo', id, '--yes', '--json')).code).toBe(0);
    expect(world.records.all()).toEqual(before);
  });
});

it('text of the service is searched by --where-raw', async () => {
  const search = { in: 'q', language: 'text that the deal holds' };
  const { ids, world, oppatch } = await practiced(
    { read: { ...plain.read, many, list: { ...get, filters: { name: 'title' }, search } } },
    {},
  );
  world.records.put(ids[3] ?? '', { ...world.records.get(ids[3] ?? ''), name: 'Windmill' });
  const found = await oppatch('list', '--json', '--where-raw', 'windmill');
  expect([found.code, found.stdout.trim().split('\n').length, found.stdout]).toEqual([
    0,
    1,
    expect.stringContaining('Windmill') as unknown,
  ]);
});

const paged = (pages: Members): Members => ({
  read: { ...plain.read, list: { ...get, filters: { name: 'title' }, pages } },
});

it('what list and get print goes back in as no edit, and what undo has put by as the old values', async () => {
  const forms = {
    cents: { type: 'number', sent: 'minor' },
    american: { type: 'date', sent: 'M/D/YYYY' },
    seconds: { type: 'date', sent: 'epoch-s' },
    berlin: { type: 'date', sent: 'iso', zone: 'Europe/Berlin' },
    level: { type: 'choice', values: { High: 3, Low: 1 } },
  } as const;
  const file = {
    fields: { ...plain.fields, ...forms },
    read: { ...plain.read, list: { path: '/deals', records: '/data' } },
  };
  const { place, ids, world, oppatch } = await practiced(file, { samples: 2 });
  const held = {
    cents: 1_234_500,
    american: '3/9/2026',
    seconds: 1_773_014_400,
    berlin: '2026-03-28T23:00:00Z',
    level: 1,
  };
  for (const id of ids) world.records.put(id, { ...world.records.get(id), ...held });
  const before = structuredClone(world.records.all());
  const columns = Object.keys(forms).join(',');
  for (const words of [
    ['list', '--fields', columns],
    ['get', ...ids],
  ]) {
    const printed = await oppatch(...words, '--csv');
    expect(printed.stdout).toContain('12345,2026-03-09,2026-03-09,2026-03-29,');
    const again = await oppatch('apply', place.file('again.csv', printed.stdout), '--yes', '--json');
    expect((JSON.parse(again.stdout) as { rows: Members }).rows, again.stderr).toMatchObject({ unchanged: 2 });
  }
  const rows = ids.map((id) => `${id},7.5,2026-12-18,2026-12-18,2026-12-18,High`).join('\n');
  const changed = await oppatch('apply', place.file('edits.csv', `id,${columns}\n${rows}\n`), '--yes', '--json');
  const { files } = JSON.parse(changed.stdout) as { files: { before?: string } };
  expect(world.records.get(ids[0] ?? '')).toMatchObject({ cents: 750, american: '12/18/2026', level: 3 });
  const undone = await oppatch('undo', (JSON.parse(changed.stdout) as { run: string }).run, '--yes', '--json');
  expect([undone.code, world.records.all()], undone.stderr).toEqual([0, before]);
  await oppatch('apply', place.file('edits.csv', `id,${columns}\n${rows}\n`), '--yes', '--json');
  const back = await oppatch('apply', files.before ?? '', '--yes', '--json');
  expect((JSON.parse(back.stdout) as { rows: Members }).rows, back.stderr).toMatchObject({ applied: 2 });
  expect(world.records.all()).toEqual(before);
});

describe('a service that leads on and on', () => {
  it('is cut off where it shows the same page whatever is asked', async () => {
    const file = paged({ page: { in: 'page' } });
    const { place, oppatch } = await practiced(file, {
      samples: 3,
      wrapped: (server) => ({
        ...server,
        handle: (call) => server.handle({ ...call, query: new URLSearchParams() }),
      }),
    });
    const listed = await oppatch('list', '--csv');
    expect([listed.code, listed.stderr]).toEqual([
      3,
      expect.stringContaining('shows nothing but what it has shown before') as unknown,
    ]);
    const edits = place.file('edits.csv', 'name,amount\nDeal 5,5.5\n');
    const matched = await oppatch('plan', edits, '--match-by', 'name');
    expect([matched.code, matched.stderr]).toEqual([2, expect.stringContaining('the same page again') as unknown]);
  });

  it.each([
    'https://evil.example/steal?from=4',
    'file:///etc/passwd',
    '//evil.example/x',
    'https://api.example.com/admin',
  ])('is not followed to %s', async (address) => {
    const { world, oppatch } = await practiced(paged({ next: '/next' }), {
      samples: 3,
      wrapped: (server) => ({
        ...server,
        handle: (call) => {
          const { body, ...reply } = server.handle(call);
          return { ...reply, body: { ...(body as Members), next: address } };
        },
      }),
    });
    const listed = await oppatch('list', '--csv');
    expect([listed.code, listed.stderr]).toEqual([3, expect.stringContaining('not one of this list') as unknown]);
    expect(world.statistics.arrivals).toBe(1);
  });

  it('on another host has its query asked of the own one', async () => {
    const { world, oppatch } = await practiced(paged({ size, next: '/next' }), { samples: 9 });
    const listed = await oppatch('list', '--csv');
    expect([listed.code, listed.stdout.trim().split('\n').length], listed.stderr).toEqual([0, 10]);
    expect(world.log.map(({ query }) => query)).toEqual(['limit=4', 'limit=4&from=4', 'limit=4&from=8']);
  });
});
