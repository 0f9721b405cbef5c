import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { vendorFromFile } from '../../../src/vendors/described/vendor.ts';
import { newPlace, newSandbox, run } from '../../cli/oppatch.ts';

/** Vendor files with one mistake each: what is said of it, where, and that nothing is sent. */

const good = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'examples', 'raze.json'), 'utf8');

interface Broken {
  readonly title: string;
  /** Replaced in the file of Raze. */
  readonly from: string;
  readonly to: string;
  /** Where the mistake is: the text that begins there. */
  readonly at: string;
  readonly says: RegExp;
}

const broken: readonly Broken[] = [
  {
    title: 'a comma too few',
    from: '"title": "Raze",',
    to: '"title": "Raze"',
    at: '"documentation"',
    says: /not JSON: unexpected a text/,
  },
  {
    title: 'a comma too many',
    from: '"code": "INSUFFICIENT_PERMISSIONS" }]',
    to: '"code": "INSUFFICIENT_PERMISSIONS", }]',
    at: '}] }\n}',
    says: /not JSON/,
  },
  {
    title: 'a place from which no path counts',
    from: '"refusals": [{ "at": "/error",',
    to: '"refusals": [{ "at": "/error", "fieldFrom": "/data",',
    at: '"fieldFrom"',
    says: /counts for paths only/,
  },
  {
    title: 'a path that stands nowhere',
    from: '"code": "/code", "message": "/message", "fields": "/details/fields"',
    to: '"fieldAs": "path", "message": "/message"',
    at: '"fieldAs"',
    says: /does not say where the path stands/,
  },
  {
    title: 'a pause of a rule that refuses',
    from: '"code": "ALREADY_EXISTS", "is": "rejected"',
    to: '"code": "ALREADY_EXISTS", "is": "rejected", "pause": "30s"',
    at: '"pause": "30s"',
    says: /is for replies that say throttled/,
  },
  {
    title: 'a comment',
    from: '"title": "Raze",',
    to: '// a CRM\n  "title": "Raze",',
    at: '// a CRM',
    says: /not JSON/,
  },
  {
    title: 'an unknown member',
    from: '"baseUrl"',
    to: '"baseURL"',
    at: '"baseURL"',
    says: /"baseURL" is not known here.*Did you mean "baseUrl"/,
  },
  {
    title: 'an unknown member of a field',
    from: '"type": "number",',
    to: '"type": "number", "unit": "EUR",',
    at: '"unit": "EUR"',
    says: /"unit" is not known here/,
  },
  {
    title: 'a member that stands twice',
    from: '"title": "Raze",',
    to: '"title": "Raze",\n  "title": "Raze",',
    at: '"title": "Raze",\n  "documentation"',
    says: /"title" stands here twice/,
  },
  { title: 'no update call', from: '"update": {', to: '"source": {', at: '{', says: /"update" is missing/ },
  {
    title: 'a number for a text',
    from: '"title": "Raze"',
    to: '"title": 7',
    at: '7',
    says: /this number stands where a text is wanted/,
  },
  {
    title: 'a text for a list',
    from: '"documentation": ["https://developer.getraze.co/api-reference/opportunities/update"]',
    to: '"documentation": "https://developer.getraze.co"',
    at: '"https://developer.getraze.co"',
    says: /a text stands where a list is wanted/,
  },
  {
    title: 'an empty list',
    from: '"columns": ["opportunity_id"]',
    to: '"columns": []',
    at: '[]',
    says: /an empty list stands where a list is wanted/,
  },
  {
    title: 'a null',
    from: '"email": "email"',
    to: '"email": null',
    at: 'null',
    says: /null is not known here.*"text"/,
  },
  {
    title: 'an unknown type',
    from: '"email": "email"',
    to: '"email": "mail"',
    at: '"mail"',
    says: /"mail" is not known here.*Did you mean "email"/,
  },
  {
    title: 'a name with capitals',
    from: '"name": "raze-by-file"',
    to: '"name": "Raze"',
    at: '"Raze"',
    says: /is not a name/,
  },
  {
    title: 'an address without encryption',
    from: '"https://app.getraze.com/external/v1"',
    to: '"http://app.getraze.com/external/v1"',
    at: '"http://app',
    says: /is not encrypted/,
  },
  {
    title: 'credentials in the address',
    from: '"https://app.getraze.com/external/v1"',
    to: '"https://key:x@app.getraze.com/v1"',
    at: '"https://key',
    says: /holds credentials/,
  },
  {
    title: 'a file for an address',
    from: '"https://app.getraze.com/external/v1"',
    to: '"file:///etc/passwd"',
    at: '"file:',
    says: /is not an address/,
  },
  {
    title: 'an address that ends with a slash',
    from: 'external/v1"',
    to: 'external/v1/"',
    at: '"https://app',
    says: /ends with a slash/,
  },
  {
    title: 'an undeclared setting',
    from: '"https://app.getraze.com/external/v1"',
    to: '"https://{region}.getraze.com/v1"',
    at: '"https://{region}',
    says: /\{region\} is not a setting of this file/,
  },
  {
    title: 'a path that climbs',
    from: '"path": "/opportunities/{id}" },\n  "extra"',
    to: '"path": "/../../admin/{id}" },\n  "extra"',
    at: '"/../',
    says: /leaves its place/,
  },
  {
    title: 'a path that climbs in disguise',
    from: '"path": "/opportunities/{id}" },\n  "extra"',
    to: '"path": "/%2e%2E/admin/{id}" },\n  "extra"',
    at: '"/%2e',
    says: /leaves its place/,
  },
  {
    title: 'a path to another host',
    from: '"path": "/opportunities/{id}" },\n  "extra"',
    to: '"path": "//evil.example/{id}" },\n  "extra"',
    at: '"//evil',
    says: /would leave the base URL/,
  },
  {
    title: 'a whole address for a path',
    from: '"path": "/contacts"',
    to: '"path": "https://evil.example/contacts"',
    at: '"https://evil',
    says: /does not begin with a slash/,
  },
  {
    title: 'a query in a path',
    from: '"path": "/contacts"',
    to: '"path": "/contacts?all=1"',
    at: '"/contacts?',
    says: /holds a \? or a #/,
  },
  {
    title: 'a path that names no record',
    from: '"path": "/opportunities/{id}" },\n  "extra"',
    to: '"path": "/opportunities" },\n  "extra"',
    at: '"path": "/opportunities" },\n  "extra"',
    says: /does not say which record/,
  },
  {
    title: 'a method that deletes',
    from: '"method": "PUT"',
    to: '"method": "DELETE"',
    at: '"DELETE"',
    says: /"DELETE" is not known here.*"PUT"/,
  },
  {
    title: 'a credential in the file',
    from: '"credentials": {',
    to: '"headers": { "Authorization": "Bearer gr_live_1" },\n  "credentials": {',
    at: '"Authorization"',
    says: /is a header that carries a credential.*never in the file/,
  },
  {
    title: 'a key in the query of a call',
    from: '"check": { "path": "/contacts",',
    to: '"check": { "path": "/contacts", "query": { "api_key": "gr_live_1" },',
    at: '"api_key"',
    says: /is a parameter that carries a credential/,
  },
  {
    title: 'a header that holds another one',
    from: '"credentials": {',
    to: '"headers": { "X-App": "a\\r\\nX-Admin: 1" },\n  "credentials": {',
    at: '"a\\r\\n',
    says: /line break/,
  },
  {
    title: 'the name of a header with a blank',
    from: '"header": "X-API-Key"',
    to: '"header": "X API Key"',
    at: '"X API Key"',
    says: /is not the name of a header/,
  },
  {
    title: 'a header that the tool sets',
    from: '"credentials": {',
    to: '"headers": { "Host": "evil.example" },\n  "credentials": {',
    at: '"Host"',
    says: /is a header that the tool itself sets/,
  },
  {
    title: 'a credential that is sent in two ways',
    from: '"header": "X-API-Key",',
    to: '"header": "X-API-Key", "query": "key",',
    at: '"apiKey"',
    says: /does not say in one way how it is sent/,
  },
  {
    title: 'no credential that is secret',
    from: '"header": "X-API-Key",',
    to: '"header": "X-API-Key", "public": true,',
    at: '"credentials"',
    says: /none of the credentials is secret/,
  },
  {
    title: 'a quota without a window',
    from: '"rate": "100/1h"',
    to: '"rate": "100"',
    at: '"100"',
    says: /needs a number of calls and a window/,
  },
  {
    title: 'a reset without a unit',
    from: ',\n        "unit": "epoch-s"',
    to: '',
    at: '"headers"',
    says: /does not say the unit of the reset/,
  },
  {
    title: 'a pointer without a slash',
    from: '"record": "/data" },\n  "refusals"',
    to: '"record": "data" },\n  "refusals"',
    at: '"data"',
    says: /is not a JSON Pointer/,
  },
  {
    title: 'a pointer to the prototype',
    from: '"title": "/name"',
    to: '"title": "/__proto__/name"',
    at: '"/__proto__',
    says: /what every object has by itself/,
  },
  {
    title: 'a call for a field that is not there',
    from: '"fields": ["status"]',
    to: '"fields": ["stage"]',
    at: '"stage"]',
    says: /"stage" is not a field of this file/,
  },
  {
    title: 'two fields with one common name',
    from: '"company": "text"',
    to: '"company": { "type": "text", "common": "note" }',
    at: '"common": "note" },\n    "responsible',
    says: /is what "company" is called already/,
  },
  {
    title: 'options for a number',
    from: '"type": "number",',
    to: '"type": "number", "options": ["1"],',
    at: '"options": ["1"]',
    says: /options are not for the type number/,
  },
  {
    title: 'a form that dates have, on a number',
    from: '"type": "number",',
    to: '"type": "number", "sent": "epoch-ms",',
    at: '"sent"',
    says: /"epoch-ms" is not a form of the type number/,
  },
  {
    title: 'a time zone that does not exist',
    from: '"phone": "text"',
    to: '"phone": { "type": "date", "zone": "Mars/Olympus" }',
    at: '"zone"',
    says: /"Mars\/Olympus" is not a time zone/,
  },
  {
    title: 'a list that is not there',
    from: '"phone": "text"',
    to: '"phone": { "type": "text", "list": "custom", "key": 7 }',
    at: '"list"',
    says: /there is no list "custom"/,
  },
  {
    title: 'a read-only field that can be written',
    from: '["won_at", "lost_at"]',
    to: '["won_at", "notes"]',
    at: '"notes"]',
    says: /"notes" is a field that can be written/,
  },
  {
    title: 'an escape sequence',
    from: '"title": "Raze"',
    to: '"title": "Ra\\u001b[2Jze"',
    at: '"Ra',
    says: /holds U\+001B, a character that cannot be seen/,
  },
  {
    title: 'a text that turns around',
    from: '"title": "Raze"',
    to: '"title": "Ra\u202eze"',
    at: '"Ra',
    says: /holds U\+202E/,
  },
  {
    title: 'nothing that says success',
    from: '"success": {',
    to: '"batches": {',
    at: '"batches"',
    says: /"batches" is not known here/,
  },
  {
    title: 'a wait in an unknown unit',
    from: '"unit": "s"',
    to: '"unit": "minutes"',
    at: '"minutes"',
    says: /"minutes" is not known here/,
  },
  {
    title: 'a pause that is not a time',
    from: '"pause": "60s"',
    to: '"pause": "60"',
    at: '"60"',
    says: /is not a time/,
  },
  {
    title: 'a status that does not exist',
    from: '"status": [200, 201]',
    to: '"status": [2000]',
    at: '2000',
    says: /a whole number from 100 to 599/,
  },
  {
    title: 'tokens from an address without encryption',
    from: '"credentials": {',
    to: '"oauth": { "tokenUrl": "http://evil.example/t" },\n  "credentials": {',
    at: '"http://evil',
    says: /is not encrypted/,
  },
  {
    title: 'tokens without the credentials for them',
    from: '"credentials": {',
    to: '"oauth": { "tokenUrl": "https://a.example/t" },\n  "credentials": {',
    at: '"oauth"',
    says: /nothing says how the access token is sent/,
  },
  {
    title: 'a secret in the form of a token request',
    from: '"credentials": {',
    to: '"oauth": { "tokenUrl": "https://a.example/t", "form": { "client_secret": "x" } },\n  "credentials": {',
    at: '"client_secret"',
    says: /is a member that the tool itself fills in/,
  },
  {
    title: 'a credential for tokens that nobody gives',
    from: '"header": "X-API-Key",',
    to: '"as": "oauth",',
    at: '"as"',
    says: /the file names none/,
  },
  {
    title: 'an alternative that is not declared',
    from: '"credentials": {',
    to: '"alternatives": [["apikey"]],\n  "credentials": {',
    at: '"apikey"',
    says: /"apikey" is not a credential of this file.*Did you mean "apiKey"/,
  },
  {
    title: 'a setting that the tool itself has',
    from: '"credentials": {',
    to: '"settings": { "clear": { "description": "x" } },\n  "credentials": {',
    at: '"clear"',
    says: /is a setting that the tool itself has/,
  },
  {
    title: 'a list for one record',
    from: '"read": {\n    "path"',
    to: '"read": {\n    "list": { "path": "/opportunities/{id}", "records": "/data", "filters": { "name": "q" } },\n    "path"',
    at: '"path": "/opportunities/{id}", "records"',
    says: /\{id\} has no place here/,
  },
  {
    title: 'a filter by a field that is not there',
    from: '"read": {\n    "path"',
    to: '"read": {\n    "list": { "path": "/opportunities", "records": "/data", "filters": { "nam": "q" } },\n    "path"',
    at: '"nam"',
    says: /"nam" is not a field of this file.*Did you mean "name"/,
  },
  {
    title: 'two filters in one parameter',
    from: '"read": {\n    "path"',
    to: '"read": {\n    "list": { "path": "/opportunities", "records": "/data", "filters": { "name": "q", "email": "q" } },\n    "path"',
    at: '"filters"',
    says: /two fields are filtered in one place/,
  },
  {
    title: 'a filter in the body of a GET',
    from: '"read": {\n    "path"',
    to: '"read": {\n    "list": { "path": "/opportunities", "records": "/data", "filters": { "name": "/name" } },\n    "path"',
    at: '"name": "/name" }',
    says: /needs a POST/,
  },
  {
    title: 'a list that goes on in two ways',
    from: '"read": {\n    "path"',
    to: '"read": {\n    "list": { "path": "/opportunities", "records": "/data", "pages": { "offset": "skip", "next": "/next" } },\n    "path"',
    at: '"pages"',
    says: /does not say in one way how the list goes on/,
  },
  {
    title: 'a key in the query of a list',
    from: '"read": {\n    "path"',
    to: '"read": {\n    "list": { "path": "/opportunities", "records": "/data", "query": { "token": "1" } },\n    "path"',
    at: '"token"',
    says: /is a parameter that carries a credential/,
  },
  {
    title: 'a key that is never sent',
    from: '"extra": [',
    to: '"batch": { "method": "POST", "path": "/b", "most": 9, "records": "/r", "outcomes": "/o", "idAt": "/id", "by": "key" },\n  "extra": [',
    at: '"by"',
    says: /a key of ours has to be sent/,
  },
  {
    title: 'refusals apart that have no position',
    from: '"extra": [',
    to: '"batch": { "method": "POST", "path": "/b", "most": 9, "records": "/r", "outcomes": "/o", "idAt": "/id", "by": "position", "failures": "/f" },\n  "extra": [',
    at: '"failures"',
    says: /have no position/,
  },
  {
    title: 'two ways of success in a batch',
    from: '"extra": [',
    to: '"batch": { "method": "POST", "path": "/b", "most": 9, "records": "/r", "outcomes": "/o", "idAt": "/id", "by": "id", "success": { "at": "/ok", "equals": true }, "listed": true },\n  "extra": [',
    at: '"listed"',
    says: /says already what a success is/,
  },
  {
    title: 'rows to blame that are named in no way',
    from: '"extra": [',
    to: '"batch": { "method": "POST", "path": "/b", "most": 9, "records": "/r", "outcomes": "/o", "idAt": "/id", "by": "id", "guilty": { "list": "/errors" } },\n  "extra": [',
    at: '"guilty"',
    says: /does not say in one way which row is to blame/,
  },
];

function contentOf({ from, to, title }: Broken): string {
  if (!good.includes(from)) throw new Error(`${title}: the file does not hold ${from}`);
  return good.replace(from, to);
}

function placeOf(content: string, at: string): string {
  const before = content.slice(0, content.indexOf(at)).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
}

describe('a vendor file with a mistake', () => {
  it('is tried in forty ways at least', () => {
    expect(broken.length).toBeGreaterThanOrEqual(40);
    expect(new Set(broken.map(({ title }) => title)).size).toBe(broken.length);
  });

  it.each(broken)('$title', (one) => {
    const content = contentOf(one);
    const opened = vendorFromFile(content);
    if (!('mistakes' in opened)) throw new Error('the file was accepted');
    const told = opened.mistakes.map(({ line, column, message, hint }) => `${line}:${column} ${message}. ${hint}`);
    const wanted = placeOf(content, one.at);
    expect(
      told.filter((text) => text.startsWith(`${wanted} `) && one.says.test(text)),
      told.join('\n'),
    ).toHaveLength(1);
    for (const { hint } of opened.mistakes) expect(hint).toMatch(/^[A-Z].*[.?:]/);
  });

  it('tells all of its mistakes at once', () => {
    const opened = vendorFromFile(
      good.replace('"title": "Raze"', '"title": 7').replace('"rate": "100/1h"', '"rate": "many"'),
    );
    expect('mistakes' in opened && opened.mistakes).toHaveLength(2);
  });

  it.each(['', '[]', '"x"', '7', '{', '[['.repeat(50_000), `{"a":${'9'.repeat(300_000)}}`])(
    'of another kind: %#',
    (content) => {
      const opened = vendorFromFile(content);
      expect('mistakes' in opened && opened.mistakes.length > 0).toBe(true);
    },
  );

  it('sends nothing, shows no escape, and ends with 2', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const env = { RAZE_BY_FILE_API_KEY: 'gr_live_0123456789', RAZE_API_KEY: 'gr_live_0123456789' };
    for (const one of broken) {
      const path = place.file('vendor.json', contentOf(one));
      const ended = await run(
        [
          'set',
          'opp_sandbox000001',
          'notes=x',
          '--yes',
          '--vendor-file',
          path,
          '--base-url',
          sandbox.baseUrls['raze'] ?? '',
        ],
        { home: place.home, env },
      );
      expect([ended.code, ended.stderr], one.title).toEqual([
        2,
        expect.stringMatching(/vendor\.json:\d+:\d+/) as unknown,
      ]);
      // oxlint-disable-next-line no-control-regex -- escapes are what is looked for
      expect(ended.stderr).not.toMatch(/[\u001b\u202e]/);
    }
    expect(sandbox.world('raze').statistics.arrivals).toBe(0);
  });

  it('by the name of a built-in vendor is refused', async () => {
    const place = newPlace();
    const path = place.file('vendor.json', good.replace('"name": "raze-by-file"', '"name": "raze"'));
    const ended = await run(['set', 'opp_1', 'notes=x', '--yes', '--vendor-file', path], { home: place.home });
    expect([ended.code, ended.stderr]).toEqual([
      2,
      expect.stringContaining('raze is a vendor that oppatch knows by itself') as unknown,
    ]);
  });

  it('can have no file read: all that is read of the disk is the file itself and the home', async () => {
    const place = newPlace();
    const secret = place.file('secret.txt', 'the-secret-of-another-file');
    const sandbox = await newSandbox();
    const path = `file://${secret}`;
    // Wherever the form takes a text, the text leads to a file; what is refused is refused, and what is accepted is sent as it stands.
    const texts: Readonly<Record<string, string>> = {
      '"title": "/name"': `"title": ${JSON.stringify(secret)}`,
      '"description": "Made in Raze': `"source": "@${secret}", "description": "${path} Made in Raze`,
      '"phone": "text"': `"phone": { "type": "text", "member": "$(cat ${secret})", "label": "@${secret}" }`,
      '"extra": [': `"headers": { "X-App": "@${secret}" }, "example": { "id": "1", "change": "notes=@${secret}" }, "extra": [`,
      '"email": "email"': `"email": { "type": "email", "readAt": "${secret}" }`,
    };
    const hostile = Object.entries(texts).reduce((content, [from, to]) => content.replace(from, to), good);
    const file = place.file('raze-by-file.json', hostile);
    const env = { RAZE_BY_FILE_API_KEY: sandbox.credentials['raze']?.['apiKey'] ?? '' };
    const words = ['--vendor-file', file, '--base-url', sandbox.baseUrls['raze'] ?? ''];
    const said = [
      await run(['vendors', 'check', file, '--record', 'opp_sandbox000001', ...words.slice(2)], {
        home: place.home,
        env,
      }),
      await run(['set', 'opp_sandbox000001', 'notes=x', '--yes', ...words], { home: place.home, env }),
      await run(['fields', ...words], { home: place.home, env }),
    ];
    expect(said.map(({ code }) => code)).toEqual([0, 0, 0]);
    const sent = sandbox.world('raze').log.map((call) => JSON.stringify(call));
    expect(sent.some((text) => text.includes(`@${secret}`))).toBe(true);
    expect([...sent, ...said.flatMap(({ stdout, stderr }) => [stdout, stderr])].join('\n')).not.toContain(
      'the-secret-of-another-file',
    );
  });
});
