import { nearestName } from '../../core/nearest.ts';
import type { PlacedJson } from '../../core/placed-json.ts';
import { printable } from '../../core/printable.ts';
import { checkField, type Agreement } from './agreement-context.ts';
import type { WriteForm } from './form.ts';
import { pointerOf } from './pointers.ts';
import { holesOf } from './templates.ts';

/** Calls agree with the settings and the fields of the file. */

/** Members whose texts may hold `{id}` or settings, and which of them `{id}`. */
const templated: Readonly<Record<string, 'settings' | 'id'>> = {
  baseUrl: 'settings',
  tokenUrl: 'settings',
  form: 'settings',
  headers: 'settings',
  zone: 'settings',
  path: 'id',
  query: 'id',
  constant: 'id',
  link: 'id',
};

export function checkTemplates({ form, report }: Agreement, root: PlacedJson): void {
  const settings = [...(form.settings?.keys() ?? [])];
  const check = ({ value, offset, members, items }: PlacedJson, allowed: 'settings' | 'id'): void => {
    for (const name of typeof value === 'string' ? holesOf(value) : []) {
      if (settings.includes(name) || (name === 'id' && allowed === 'id')) continue;
      const known = [...settings, ...(allowed === 'id' ? ['id'] : [])];
      const near = nearestName(name, known);
      report(
        offset,
        name === 'id' ? '{id} has no place here' : `{${name}} is not a setting of this file`,
        near === undefined
          ? `Declare it: "settings": { "${name}": { "description": "…" } }.`
          : `Did you mean {${near}}?`,
      );
    }
    for (const member of members ?? []) check(member.value, allowed);
    for (const item of items ?? []) check(item, allowed);
  };
  const visit = (node: PlacedJson, inside: string): void => {
    for (const { name, value } of node.members ?? []) {
      const allowed =
        inside === 'fields' || inside === 'settings' || inside === 'credentials' ? undefined : templated[name];
      if (allowed !== undefined && name !== 'settings') check(value, allowed);
      else if (name === 'zone') check(value, 'settings');
      else visit(value, name);
    }
    for (const item of node.items ?? []) visit(item, inside);
  };
  visit(root, '');
}

export function checkWrites({ form, at, report }: Agreement): void {
  const writes: [WriteForm, readonly (string | number)[]][] = [[form.update, ['update']]];
  for (const [index, extra] of (form.extra ?? []).entries()) writes.push([extra, ['extra', index]]);
  for (const [write, path] of writes) {
    const inQuery = [...(write.query?.values() ?? [])].some((value) => value.includes('{id}'));
    if (
      !write.path.includes('{id}') &&
      !inQuery &&
      write.idAt === undefined &&
      pointerOf(write.constant ?? null, '{id}') === undefined
    )
      report(
        at(...path, 'path'),
        'the call does not say which record it is for',
        'Write {id} into the path, or "idAt": a pointer into the body.',
      );
    if (
      write.patch !== undefined &&
      (write.under !== undefined || write.idAt !== undefined || write.constant !== undefined)
    )
      report(
        at(...path, 'patch'),
        'a JSON Patch has no members besides its operations',
        'Leave out under, idAt and constant, or leave out patch.',
      );
  }
  const taken = new Set<string>();
  for (const [index, { fields }] of (form.extra ?? []).entries()) {
    for (const [position, name] of fields.entries()) {
      checkField({ form, at, report }, name, ['extra', index, 'fields', position]);
      if (taken.has(name))
        report(
          at('extra', index, 'fields', position),
          `two calls send "${printable(name)}"`,
          'Leave it in one of them.',
        );
      taken.add(name);
    }
  }
}

/** Calls that are not for one record. */
export function checkPaths({ form, at, report }: Agreement): void {
  for (const [path, call] of [
    [['check'], form.check],
    [['batch'], form.batch],
    [['read', 'many'], form.read?.many],
    [['read', 'list'], form.read?.list],
  ] as const) {
    if (call?.path.includes('{id}') === true)
      report(at(...path, 'path'), '{id} has no place here', 'The call is not for one record.');
  }
}

export function checkBatch({ form, at, report }: Agreement): void {
  const { batch } = form;
  if (batch === undefined) return;
  if (batch.by === 'position' && batch.failures !== undefined)
    report(
      at('batch', 'failures'),
      'refusals in a place of their own have no position',
      'Write "by": "id" or "key", or leave it out.',
    );
  if (batch.by === 'key' && batch.keyAt === undefined)
    report(at('batch', 'by'), 'a key of ours has to be sent', 'Add "keyAt": a pointer in a record.');
  if (batch.idAt === undefined && pointerOf(batch.constant ?? null, '{id}') === undefined)
    report(at('batch'), 'the records of a batch do not say which they are', 'Add "idAt": a pointer in a record.');
  if (batch.patch !== undefined) report(at('batch', 'patch'), 'a batch is not a JSON Patch', 'Leave it out.');
  if (batch.guilty !== undefined && (batch.guilty.position === undefined) === (batch.guilty.id === undefined))
    report(at('batch', 'guilty'), 'does not say in one way which row is to blame', 'Write "position" or "id".');
  if (batch.success !== undefined && batch.listed === true)
    report(at('batch', 'listed'), 'success says already what a success is', 'Leave one of them out.');
  if (batch.success === undefined && batch.listed === undefined && form.read === undefined)
    report(
      at('batch'),
      'nothing says whether a row of a batch succeeded',
      'Add "success" or "listed", or "read" at the top.',
    );
}
