import type { Field } from '../../src/core/field.ts';
import { exactNumber } from '../../src/core/json.ts';
import {
  choiceForm,
  dayForm,
  decimalForm,
  integerForm,
  minorUnitsForm,
  objectsForm,
  textForm,
} from '../../src/core/value-forms.ts';
import type { Service, Vendor } from '../../src/core/vendor.ts';

const documented = { evidence: 'documented', description: '' } as const;
const none = { value: null } as const;

const fields: readonly Field[] = [
  {
    ...documented,
    name: 'value',
    form: integerForm({ fractionHint: 'Use the column amount for major units.', refusesPoint: true }),
    cleared: none,
  },
  { ...documented, name: 'amount', common: ['amount'], writes: 'value', form: minorUnitsForm(2), cleared: none },
  { ...documented, name: 'Deal_Stage', common: ['stage'], form: choiceForm(['Open', 'Won', 'Lost']) },
  { ...documented, name: 'close_on', common: ['close_date'], form: dayForm(), cleared: { value: '' } },
  { ...documented, name: 'note', common: ['note'], form: textForm({ longest: 20 }), clearingHint: 'Write a new note' },
  { ...documented, name: 'owner', form: textForm(), common: ['owner'], cleared: none },
  { ...documented, name: 'Owner', form: textForm(), cleared: none },
  { ...documented, name: 'team', form: objectsForm(() => undefined), action: 'add' },
  { ...documented, name: 'tags.add', writes: 'tags', form: textForm(), action: 'add' },
  { ...documented, name: 'tags.remove', writes: 'tags', form: textForm(), action: 'remove' },
  { ...documented, name: 'tags', form: textForm(), cleared: { value: [] } },
  { ...documented, name: 'created', form: dayForm(), readOnly: 'the vendor sets it when the deal is made' },
];

/** A made-up service: one field of every kind that columns can meet. */
export const sampleService: Service = {
  idNames: ['deal_id', 'DealKey'],
  idProblem: (id) => (id.startsWith('person_') ? 'is the id of a person' : undefined),
  fields,
  openField: (name) =>
    /^x_\w+$/.test(name)
      ? {
          ...documented,
          name,
          form: decimalForm((decimal) => exactNumber(decimal.digits.toString())),
          ...(name === 'x_fixed' ? { readOnly: 'it is computed' } : {}),
        }
      : undefined,
  unknownFieldHint: (name) => (name.startsWith('y_') ? 'Own fields begin with x_' : undefined),
  audit: ({ changes }) => [
    ...(changes.some(({ value }) => value === 'Lost') && !changes.some(({ field }) => field === 'note')
      ? [{ severity: 'error' as const, code: 'reason-missing', message: 'A lost deal needs a note.', column: 'stage' }]
      : []),
    ...(changes.some(({ value }) => value === 'Won')
      ? [{ severity: 'warning' as const, code: 'final', message: 'Won cannot be undone.' }]
      : []),
  ],
  plan: () => [],
  read: () => ({ kind: 'settled', verdicts: [] }),
  check: {
    call: { method: 'GET', path: '/me', headers: {}, edits: [], step: 'check', repeatable: true, quotaGroup: 'all' },
    account: () => undefined,
  },
};

/** Its vendor. */
export const sampleVendor: Vendor = {
  name: 'sample',
  title: 'Sample CRM',
  updates: { records: 'samples', calls: 'PUT /samples/{id}' },
  documentation: ['https://example.com/docs'],
  credentials: [],
  settings: [],
  baseUrl: () => 'https://example.com',
  authorise: () => ({ headers: {}, query: [] }),
  quotas: [],
  concurrency: 1,
  example: { id: 'deal_1', change: 'amount=5' },
  open: () => sampleService,
};
