/** What stands for the id in the example row of `oppatch template`. A row that still has it is refused, whatever the vendor takes for an id. */
export const templateId = 'PUT-THE-ID-HERE';
