import { scalarText, type Json } from '../../core/json.ts';
import type { Finder, Lister, Settings } from '../../core/vendor.ts';
import { foundByKey, listBody, listPage, memberRecord, wholePage } from '../shared/record-reads.ts';
import { boundId } from './forms.ts';
import { leadsNowhere, nextPage } from './metadata.ts';
import type { DynamicsNames } from './names.ts';
import { recordOf } from './record.ts';
import { annotated, dynamicsGet, selected } from './write.ts';

/* Opportunities by what they hold. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows, as of 2026-10. */

const columnName = /^[a-z][a-z0-9_]{0,99}$/;

const shownRecord = memberRecord('opportunityid', 'name');

/** By a column of texts or numbers; the service compares texts without regard to case. */
export function dynamicsFind(names: DynamicsNames): Finder {
  const typeOf = (column: string): string => names.fields.find(({ name }) => name === column)?.form.type ?? 'text';
  return {
    problem: (column) => {
      if (!columnName.test(column)) return 'is not the logical name of a column at Dynamics 365';
      return ['text', 'integer', 'decimal'].includes(typeOf(column)) && !names.isLookup(column)
        ? undefined
        : 'is not a column of texts or numbers, by which opportunities are found';
    },
    most: 50,
    // An address of more than 32 KB is refused.
    mostText: 24_000,
    call: (column, keys) => {
      const isText = typeOf(column) === 'text';
      const literals = keys.map((key) => (isText || !/^-?\d+(?:\.\d+)?$/.test(key) ? quoted(key) : key));
      return dynamicsGet('/opportunities', 'find', [
        ['$select', [...new Set(['name', column])].join(',')],
        ['$filter', literals.map((literal) => `${column} eq ${literal}`).join(' or ')],
      ]);
    },
    read: (reply, call) => {
      const list = listBody(reply, 'value');
      // A key is not unique because the second record of it stands on a page that was not read.
      if (list === undefined || leadsNowhere(reply, call)) return undefined;
      const column =
        call.query
          ?.find(([name]) => name === '$select')?.[1]
          .split(',')
          .at(-1) ?? '';
      const records = foundByKey(
        list.flatMap((one) => shownRecord(one) ?? []),
        column,
      );
      const next = nextPage(reply, call);
      return next === undefined ? { records } : { records, next };
    },
    sameKey: (key) => key.trim().toLowerCase(),
  };
}

const usual = ['estimatedvalue', 'estimatedclosedate', 'salesstage', 'statecode', 'ownerid'];

export function dynamicsList(names: DynamicsNames, settings: Settings): Lister {
  return {
    problem: (column) => {
      if (!columnName.test(column)) return 'is not the logical name of a column at Dynamics 365';
      return names.isSeveral(column) ? 'holds several choices, by which oppatch does not filter' : undefined;
    },
    rawLanguage: 'an OData filter: estimatedvalue gt 1000 and statecode eq 0',
    call: ({ conditions, raw, fields }) => {
      const all = [
        ...conditions.map(({ field, value }) => condition(field, value, names)),
        ...(raw === undefined ? [] : [`(${raw})`]),
      ];
      const shown = (fields.length === 0 ? usual : fields).filter((column) => columnName.test(column));
      const query = [
        ['$select', selected(['name', ...shown], names)] as const,
        ...(all.length === 0 ? [] : [['$filter', all.join(' and ')] as const]),
        ['$orderby', 'opportunityid asc'] as const,
      ];
      return dynamicsGet('/opportunities', 'list', query, [], { prefer: annotated });
    },
    read: (reply, call) => {
      const list = listBody(reply, 'value');
      if (list === undefined) return undefined;
      const records = wholePage(list, (one) => recordOf(one, names, settings));
      const cut = leadsNowhere(reply, call) ? 'Dynamics 365 does not say where the list goes on' : undefined;
      return listPage(records, nextPage(reply, call), cut);
    },
  };
}

/** Days and moments stand bare, as numbers do; a lookup is compared by its id. */
function condition(column: string, value: Json, names: DynamicsNames): string {
  if (names.isLookup(column)) return `_${column}_value eq ${boundId.exec(scalarText(value) ?? '')?.[2] ?? 'null'}`;
  const type = names.fields.find(({ name }) => name === column)?.form.type ?? 'text';
  const isBare = typeof value !== 'string' || type === 'date' || type === 'date-time';
  const text = scalarText(value) ?? 'null';
  return `${column} eq ${isBare ? text : quoted(text)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
