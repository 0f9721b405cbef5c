import { describe, expect, it } from 'vitest';
import { inOwnWords, speaksOf } from '../../src/core/own-words.ts';

const changes = [
  { field: 'note', column: 'Remarks' },
  { field: 'mx_Custom_6', column: 'Deal size' },
  { field: 'Stage', column: 'stage' },
];

describe('a message of a vendor in the words of the file', () => {
  it.each([
    ['note: too long', 'Remarks (note): too long'],
    ['fields applied; note: too long', 'fields applied; Remarks (note): too long'],
    ['It is done, but note is empty', 'It is done, but Remarks (note) is empty'],
    ['mx_Custom_6 is locked', 'Deal size (mx_Custom_6) is locked'],
    ['Stage: unknown', 'Stage: unknown'],
    ['Please note that this is final', 'Please note that this is final'],
    ['"mx_Custom_6" is text of the vendor', '"mx_Custom_6" is text of the vendor'],
    ['mx_Custom_66 is locked', 'mx_Custom_66 is locked'],
    ['Deal size is locked', 'Deal size is locked'],
    ['note changed since, and left as it is', 'Remarks (note) changed since, and left as it is'],
    ['x, note, Stage changed since', 'x, Remarks (note), Stage changed since'],
    ['Take note, it changed since', 'Take note, it changed since'],
    ['$& mx_Custom_6', '$& Deal size (mx_Custom_6)'],
  ])('%s', (message, told) => {
    expect(inOwnWords(message, changes)).toBe(told);
    expect(inOwnWords(told, changes)).toBe(told);
  });

  it('still names one column', () => {
    const told = inOwnWords('note: too long', [{ field: 'note', column: 'remarks' }]);
    expect(told).toBe('remarks (note): too long');
    expect(speaksOf(told, 'remarks')).toBe(true);
  });
});
