import { OppatchError } from '../core/errors.ts';

/** What stands at byte `offset` of the journal is no record that was written there. */
export function journalDamaged(path: string, offset: number): OppatchError {
  return new OppatchError('journal-damaged', `The journal is damaged at byte ${offset}.`, {
    place: path,
    hint: 'What stands before that place is readable by eye. Check those rows at the vendor before you send the file again.',
  });
}
