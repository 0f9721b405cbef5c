import type { ValueForm } from '../../core/field.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Metadata, MetadataReads, Service, Settings } from '../../core/vendor.ts';
import { withForm } from '../shared/fields.ts';
import { listed, metadataCall, namedThings, objectsIn, picked, textIn } from '../shared/metadata-reads.ts';
import { nameForm } from '../shared/names-to-ids.ts';
import { listBody, objectBody } from '../shared/record-reads.ts';
import { closeCustomFields } from './custom-fields.ts';
import { closeFields, closeOpenField } from './fields.ts';
import { pageAt, skipOf } from './list.ts';

const usersAtOnce = 100;

/**
 * What a Close organization calls its statuses, custom fields and users.
 * https://developer.close.com/api/resources/pipelines, …/custom-fields, …/users and …/overview/pagination, as of 2026-10. The custom field schema
 * holds regular and shared fields; lists have at most 100 entries a page.
 */
export const closeMetadata: MetadataReads = {
  reads: [
    {
      name: 'pipelines',
      without: 'statuses must be given by id (stat_…)',
      call: metadataCall('/pipeline/', 'GET /pipeline'),
      items: listed('data', (pipeline) => ({
        ...picked(pipeline, ['id', 'name']),
        statuses: objectsIn(pipeline['statuses']).map((status) => picked(status, ['id', 'label', 'type'])),
      })),
    },
    {
      name: 'custom fields',
      without: 'custom fields must be given by id (custom.cf_…), and their values are not checked',
      call: metadataCall('/custom_field_schema/opportunity/', 'GET /custom_field_schema'),
      items: listed('fields', slimCustomField),
    },
    {
      name: 'users',
      without: 'users must be given by id (user_…)',
      call: metadataCall('/user/', 'GET /user', [
        ['_limit', String(usersAtOnce)],
        ['_skip', '0'],
      ]),
      items: listed('data', ['id', 'email']),
      next: (reply, call) => {
        const read = listBody(reply, 'data')?.length ?? 0;
        const isLast = read === 0 || objectBody(reply)?.['has_more'] !== true;
        return isLast ? undefined : pageAt(call, skipOf(call) + read);
      },
    },
  ],
  helpsWith: (need, name) => {
    if (need === 'field') return name.startsWith('custom.');
    return need === 'name' || name === 'status_id' || name === 'user_id';
  },
};

function slimCustomField(field: JsonObject): JsonObject {
  const here = objectsIn(field['associations']).find((one) => one['object_type'] === 'opportunity');
  return {
    ...picked(field, ['id', 'name', 'type', 'choices', 'accepts_multiple_values']),
    ...(here?.['required'] === true ? { required: true } : {}),
  };
}

/**
 * The fields with the organization's own names, options and users. A custom field that its schema does not have is not a field; where the schema
 * could not be read, any may be one.
 */
export function closeNames(metadata: Metadata, settings: Settings): Pick<Service, 'fields' | 'openField'> {
  const user = metadata['users'] === undefined ? undefined : userForm(metadata['users']);
  const status = metadata['pipelines'] === undefined ? undefined : statusForm(metadata['pipelines']);
  const forms: Readonly<Record<string, ValueForm | undefined>> = { status_id: status, user_id: user };
  const own = closeFields(settings).map((field) => withForm(field, forms[field.name]));
  const schema = metadata['custom fields'];
  return {
    fields: [...own, ...closeCustomFields(schema ?? [], settings, user)],
    openField: schema === undefined ? (name) => closeOpenField(name, settings) : () => undefined,
  };
}

/** A status is called by its label, or by its pipeline and its label: labels need not differ between pipelines. */
function statusForm(pipelines: readonly JsonObject[]) {
  const things = pipelines.flatMap((pipeline) => {
    const name = textIn(pipeline, 'name');
    const statuses = namedThings(objectsIn(pipeline['statuses']), 'id', ['label']);
    return name === undefined
      ? statuses
      : statuses.map(({ id, names: [label = ''] }) => ({ id, names: [label, `${name} / ${label}`] }));
  });
  return nameForm({
    noun: 'status',
    isId: (text) => /^stat_\w+$/.test(text),
    things,
    hint: 'Give the label of a status, `Pipeline / Label`, or its id (`stat_…`). `oppatch fields` lists them.',
    listed: true,
  });
}

function userForm(users: readonly JsonObject[]) {
  return nameForm({
    noun: 'user',
    isId: (text) => /^user_\w+$/.test(text),
    things: namedThings(users, 'id', ['email']),
    hint: 'Give the e-mail address of a user, or the id (`user_…`).',
  });
}
