import { defined } from '../../core/defined.ts';
import { OppatchError } from '../../core/errors.ts';
import type { Field } from '../../core/field.ts';
import { printable } from '../../core/printable.ts';
import type { OpenName } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { tableText } from '../../report/table.ts';
import { hasMetadata } from '../accounts/account-metadata.ts';
import { openContext, terminalStyle, type Context } from '../session/context.ts';
import type { FieldsOptions } from '../session/options.ts';
import { withOwnNames } from './resolve-names.ts';
import { writeOut } from '../session/output.ts';
import { warn } from '../session/session.ts';

/** Prints the columns that the account accepts, with its own names where it can be asked for them. */
export async function listFields(host: Host, options: FieldsOptions): Promise<void> {
  const { account } = await fieldsContext(host, options);
  const fields = account.service.fields;
  const patterns = account.service.openNames ?? [];
  if (options.json === true) {
    writeOut(host, JSON.stringify([...fields.map(described), ...patterns.map(describedPattern)]));
    return;
  }
  const style = await terminalStyle(host, options, 'stdout');
  const shown = fields.filter((field) => field.readOnly === undefined);
  const labels = fields.some(({ label }) => label !== undefined);
  const names = ['field', ...(labels ? ['own name'] : []), 'type', 'common name', 'clear', 'allowed values, meaning'];
  const titles = names.map((title) => ({ title }));
  const rows = [
    ...shown.map((field) => cells(field, labels)),
    ...patterns.map(({ name, description }) =>
      labels ? [name, '', 'any', '', '', description] : [name, 'any', '', '', description],
    ),
  ];
  writeOut(host, tableText(titles, rows, style));
  const hidden = fields.length - shown.length;
  const note = `${hidden} more fields are known but can't be written: --json shows them with the reason.`;
  if (hidden > 0) writeOut(host, style.paint.dim(note));
}

/** Without credentials there is nobody to ask, which is no reason not to list what is known. */
export async function fieldsContext(host: Host, options: FieldsOptions): Promise<Context> {
  const offline = await openContext(host, options, { offline: true });
  if (options.offline === true || !hasMetadata(offline)) return offline;
  const quiet: FieldsOptions = { ...options, quiet: true };
  const online = await openContext(host, quiet, { offline: false }).catch((error: unknown) => {
    if (!(error instanceof OppatchError) || error.exitCode !== 4) throw error;
    if (options.quiet !== true) warn(offline, "Without credentials the account's own fields are not shown.");
    return undefined;
  });
  return online === undefined ? offline : withOwnNames(online, options);
}

function described(field: Field) {
  const { name, label, form, description, common, writes, action, cleared, required, readOnly, evidence } = field;
  return {
    field: name,
    ...(label === undefined ? {} : { label }),
    type: form.type,
    ...(form.options === undefined ? {} : { options: form.options }),
    writable: readOnly === undefined,
    ...(readOnly === undefined ? {} : { reason: readOnly }),
    clearable: cleared !== undefined,
    ...(required === true ? { required } : {}),
    ...defined({ common, writes }),
    action: action ?? 'set',
    evidence,
    description,
  };
}

function describedPattern({ name, description }: OpenName) {
  return { field: name, type: 'any', writable: true, pattern: true, description };
}

/** Options beyond these are in `--json`. */
const shownOptions = 20;

function cells({ name, label, form, common, cleared, required, description }: Field, labels: boolean): string[] {
  const options = form.options ?? [];
  const more = options.length > shownOptions ? ` | and ${options.length - shownOptions} more` : '';
  const allowed = options.length === 0 ? '' : `${options.slice(0, shownOptions).join(' | ')}${more}: `;
  const meaning = printable(`${allowed}${description}${required === true ? ' Required.' : ''}`);
  const own = labels ? [printable(label ?? '')] : [];
  return [name, ...own, form.type, (common ?? []).join(' '), cleared === undefined ? 'no' : 'yes', meaning];
}
