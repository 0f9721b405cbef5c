import type { Call } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import { type JsonObject, scalarText } from '../../core/json.ts';
import type { BatchWrites, Settings } from '../../core/vendor.ts';
import { jsonCall, jsonHeaders } from '../shared/json-call.ts';
import { partsOf } from './forms.ts';
import type { Stage } from './names.ts';

/** Versions are dates in the path; new ones come each March and September. https://developers.hubspot.com/docs/developer-tooling/platform/versioning, 2026-10. */
export const versions = ['2026-09', '2026-03'] as const;

export function versionOf(settings: Settings): string {
  return settings['api-version'] || versions[0];
}

/** `/crm/objects/2026-09/0-3`: 0-3 is the object type of deals. */
export function dealsPath(settings: Settings): string {
  return `/crm/objects/${versionOf(settings)}/0-3`;
}

/** All calls share the account's quota; the search has one of its own besides. */
export const quotaGroup = 'calls';

/** One PATCH; only the named properties change. https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide, 2026-10. */
export function updateCall(edit: Edit, settings: Settings): Call {
  return {
    method: 'PATCH',
    path: `${dealsPath(settings)}/${encodeURIComponent(edit.id)}`,
    headers: jsonHeaders,
    body: { properties: propertiesOf(edit) },
    edits: [edit],
    step: 'update',
    repeatable: adds(edit) ? 'when-absent' : true,
    quotaGroup,
  };
}

/**
 * Up to 100 deals a call, whose ids must differ. Every input has a trace id, by which the reply may name it. What adding a value twice does is not
 * confirmed, so a row that adds goes by itself. https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/batch/update-deals, 2026-10.
 */
export function dealBatches(settings: Settings): BatchWrites {
  return {
    most: 100,
    key: (edit) => (adds(edit) ? undefined : 'deals'),
    call: (_key, edits) =>
      jsonCall({
        method: 'POST',
        path: `${dealsPath(settings)}/batch/update`,
        body: {
          inputs: edits.map((edit) => ({
            id: edit.id,
            properties: propertiesOf(edit),
            objectWriteTraceId: traceId(edit),
          })),
        },
        edits,
        step: 'batch',
        quotaGroup,
      }),
  };
}

/** `row-12`: different for each edit of a call. */
export function traceId({ row }: Edit): string {
  return `row-${row}`;
}

function adds({ changes }: Edit): boolean {
  return changes.some(({ action }) => action === 'add');
}

/** Every value is a text; one that begins with a semicolon is added to the list that is there. */
function propertiesOf({ changes }: Edit): JsonObject {
  return Object.fromEntries(
    changes.map(({ field, action, value }) => {
      const text = Array.isArray(value) ? partsOf(value).join(';') : (scalarText(value) ?? '');
      return [field, action === 'add' ? `;${text}` : text];
    }),
  );
}

/** The pipeline of a stage: the two have to fit, and accounts with several pipelines want both. */
export function companions(
  changes: readonly Change[],
  stages: ReadonlyMap<string, Stage> | undefined,
): readonly Change[] {
  const stage = changes.find(({ field }) => field === 'dealstage');
  const known = stage === undefined ? undefined : stages?.get(scalarText(stage.value) ?? '');
  if (stage === undefined || known === undefined) return [];
  return [{ field: 'pipeline', action: 'set', value: known.pipelineId, column: stage.column }];
}
