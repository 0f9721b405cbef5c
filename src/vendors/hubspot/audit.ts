import type { Change, Edit } from '../../core/edit.ts';
import { compareDecimals, parseDecimal } from '../../core/decimal.ts';
import { scalarText, type Json } from '../../core/json.ts';
import type { Audit, FieldValues } from '../../core/vendor.ts';
import { doubledFields } from '../shared/doubled-fields.ts';
import { partsOf } from './forms.ts';
import type { AccountNames, Stage } from './names.ts';

/** What HubSpot may refuse or misread of an edit, as far as the edit and the account's names show it. */
export function hubspotAudit(edit: Edit, names: AccountNames | undefined): readonly Audit[] {
  return [
    ...doubledFields(edit),
    ...setAndAdded(edit),
    ...stageAudits(edit, names?.stages),
    ...(names === undefined ? [] : edit.changes.flatMap((change) => valueAudits(change, names))),
  ];
}

function valueOf(changes: readonly Change[], field: string): string | undefined {
  const change = changes.find((one) => one.field === field && one.action === 'set');
  return change === undefined ? undefined : scalarText(change.value);
}

/** HubSpot does not say which of two ways to change one property in one call wins. */
function setAndAdded({ changes }: Edit): readonly Audit[] {
  return changes.flatMap(({ field, action, column }): Audit[] => {
    const replaced = action === 'add' && changes.some((other) => other.field === field && other.action !== 'add');
    if (!replaced) return [];
    const message = `${field} is replaced and added to in one row`;
    const hint = 'Put the two into two rows, in the order in which they are to be done.';
    return [{ severity: 'error', code: 'set-and-add', message, hint, column }];
  });
}

/**
 * A stage belongs to exactly one pipeline, and what HubSpot answers where the two do not fit is not confirmed.
 * https://developers.hubspot.com/docs/api-reference/latest/crm/pipelines/guide, 2026-10.
 */
function stageAudits({ changes }: Edit, stages: ReadonlyMap<string, Stage> | undefined): readonly Audit[] {
  const stage = changes.find(({ field }) => field === 'dealstage');
  if (stage === undefined) return [];
  const pipeline = valueOf(changes, 'pipeline');
  const { column } = stage;
  if (stages === undefined) {
    if (pipeline !== undefined) return [];
    const message = `${column} is sent without its pipeline, which is not known here; HubSpot may refuse it where the account has several`;
    const hint = 'Add the column pipeline.';
    return [{ severity: 'warning', code: 'stage-without-pipeline', message, hint, column }];
  }
  const known = stages.get(scalarText(stage.value) ?? '');
  if (known === undefined) return [];
  const audits: Audit[] = [];
  const { label, pipelineId, pipelineLabel, writePermissions = '' } = known;
  if (pipeline !== undefined && pipeline !== pipelineId) {
    const message = `the stage ${label} belongs to the pipeline ${pipelineLabel}, and the row names another one`;
    const hint = 'Leave out the column of the pipeline (the stage brings its own), or write `Pipeline / Stage`.';
    audits.push({ severity: 'error', code: 'stage-of-another-pipeline', message, hint, column });
  }
  if (['READ_ONLY', 'INTERNAL_ONLY'].includes(writePermissions)) {
    const message = `the account marks the stage ${label} as ${writePermissions}; HubSpot may refuse the move`;
    audits.push({ severity: 'warning', code: 'stage-is-protected', message, column });
  }
  return audits;
}

/** What the deal as it stands says of the edit: it was merged into another one, or would leave its pipeline without a stage. */
export function recordAudit({ id, changes }: Edit, values: FieldValues): readonly Audit[] {
  const shownId = scalarText(values.get('hs_object_id')?.value ?? null) ?? id;
  if (shownId === id) return pipelineAudits(changes, values);
  const message = `the deal ${id} was merged into ${shownId}, which is changed`;
  return [{ severity: 'warning', code: 'merged-record', message }, ...pipelineAudits(changes, values)];
}

/** A pipeline does not change without a stage of it. */
function pipelineAudits(changes: readonly Change[], values: FieldValues): readonly Audit[] {
  const pipeline = changes.find(({ field }) => field === 'pipeline');
  if (pipeline === undefined || changes.some(({ field }) => field === 'dealstage')) return [];
  const current = values.get('pipeline')?.value;
  if (current === undefined || scalarText(current) === scalarText(pipeline.value)) return [];
  const { column } = pipeline;
  const message = `${column} moves the deal into another pipeline, and the row names no stage of it`;
  const hint = 'Add the column dealstage; a stage brings its pipeline by itself.';
  return [{ severity: 'error', code: 'pipeline-without-stage', message, hint, column }];
}

/** What the account's own rules and options say of a value. */
function valueAudits({ field, value, action, column }: Change, { hidden, rules }: AccountNames): readonly Audit[] {
  if (action === 'clear') return [];
  const audits: Audit[] = [];
  if (partsOf(Array.isArray(value) ? value : [value]).some((part) => hidden.get(field)?.has(part) === true)) {
    const message = `the option for ${column} is hidden in the account; HubSpot may refuse it`;
    audits.push({ severity: 'warning', code: 'hidden-option', message, column });
  }
  for (const { type, limit } of rules.get(field) ?? []) {
    const problem = ruleProblem(type, limit, value);
    if (problem === undefined) continue;
    const message = `${column} ${problem}, by a rule of the account`;
    const hint = 'The rule stands at the property in HubSpot (Settings > Properties).';
    audits.push({ severity: 'error', unlessUnchanged: true, code: 'against-validation-rule', message, hint, column });
  }
  return audits;
}

/** Of the 27 types of rules those whose meaning is plain. */
function ruleProblem(type: string, limit: string, value: Json): string | undefined {
  const text = scalarText(value) ?? '';
  const [bound, number] = [parseDecimal(limit), parseDecimal(text)];
  if (bound === undefined) return undefined;
  switch (type) {
    case 'MAX_LENGTH':
      return text.length > Number(limit) ? `is longer than ${limit} characters` : undefined;
    case 'MIN_LENGTH':
      return text.length < Number(limit) ? `is shorter than ${limit} characters` : undefined;
    case 'MAX_NUMBER':
      return number !== undefined && compareDecimals(number, bound) > 0 ? `is more than ${limit}` : undefined;
    case 'MIN_NUMBER':
      return number !== undefined && compareDecimals(number, bound) < 0 ? `is less than ${limit}` : undefined;
    default:
      return undefined;
  }
}
