import type { Field } from '../../core/field.ts';
import type { Service } from '../../core/vendor.ts';

/** A service that reads edits as this one does, its own warnings among them, and finds out whether they can be judged without metadata. */
export function needsMetadata(service: Service) {
  const { metadata } = service;
  let found: 'names' | 'checks' | undefined;
  const doubt = (need: 'name' | 'field' | 'value', name: string): void => {
    if (found !== 'names' && metadata?.helpsWith(need, name) === true) found = need === 'field' ? 'checks' : 'names';
  };
  const watched = (field: Field): Field => ({
    ...field,
    form: {
      ...field.form,
      encode: (input) => {
        const name = field.writes ?? field.name;
        const encoded = field.form.encode(input);
        doubt('problem' in encoded ? 'value' : 'field', name);
        return encoded;
      },
    },
  });
  const watching: Service = {
    ...service,
    fields: service.fields.map(watched),
    openField: (name) => {
      const field = service.openField?.(name);
      if (field !== undefined) return watched(field);
      doubt('name', name);
      return undefined;
    },
  };
  return {
    service: watching,
    /** What metadata are needed for, as far as the edits have been read: to understand a name, or to check what can be sent without them. */
    need: () => found,
  };
}
