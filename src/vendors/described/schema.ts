import type { JsonObject } from '../../core/json.ts';
import { form } from './form.ts';

/** The JSON Schema of vendor files, for completion in editors: `docs/vendor-file.schema.json`. */
export const vendorFileSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A vendor file of oppatch',
  ...form.schema,
};
