import { conditions, duration, pointer, rate, scalar, status, words } from './form-values.ts';
import { choice, list, may, must, object, text, yes } from './shape.ts';
import { headerNameProblem, nameProblem } from './text-problems.ts';

/** What a vendor file says of replies: quotas, successes, refusals and what they mean. */

export const wait = object('where a reply says how long to wait', {
  header: may(text({ about: 'a header', problem: headerNameProblem })),
  at: may(pointer('a member of the reply')),
  unit: must(choice(['s', 'ms', 'epoch-s', 'epoch-ms', 'iso'], 'the unit: a time from now, or a moment')),
});

export const quota = object('a quota', {
  rate: must(rate),
  name: may(text({ about: 'its name', problem: nameProblem })),
  description: may(words('whom it counts for, and where it stands')),
  window: may(choice(['sliding', 'fixed'], '"fixed" where the service says in a header when the window ends')),
  of: may(choice(['batches'], 'the calls that it counts, where these are not all')),
  assumed: may(yes('no documentation says this')),
  headers: may(
    object('the headers in which the service says how it stands', {
      limit: may(text({ about: 'a header', problem: headerNameProblem })),
      remaining: may(text({ about: 'a header', problem: headerNameProblem })),
      reset: may(text({ about: 'a header', problem: headerNameProblem })),
      unit: may(choice(['s', 'ms', 'epoch-s', 'epoch-ms', 'iso'], 'the unit of the reset')),
    }),
  ),
});

export const fieldAs = choice(
  ['name', 'path', 'label'],
  'how it names the field: by its member; by a path or a JSON Pointer in the body that was sent; by its label, in the message where `field` is left out',
);

export const refusal = object('where a refusal says why', {
  at: may(pointer('the object, the list or the text of the refusal')),
  code: may(pointer('its code, from there')),
  message: may(pointer('its message, from there')),
  field: may(pointer('the field that it speaks of, from there')),
  fieldAs: may(fieldAs),
  fieldFrom: may(pointer('the place in the body from which such paths count')),
  fields: may(pointer('an object of messages by field, from there')),
});

export const meaning = object('what a reply means', {
  ...conditions,
  is: must(
    choice(
      ['rejected', 'conflict', 'again', 'throttled', 'used-up', 'unauthorised', 'blocked', 'failed'],
      'rejected (this row) · conflict · again (this row, later) · throttled · used-up (stop for today) · unauthorised · blocked (stop) · failed (try again)',
    ),
  ),
  hint: may(words('what to do, a sentence')),
  pause: may(duration('the pause of a rule that says throttled, whatever the body, where no header says one')),
});

export const success = object('what a success looks like', {
  status: may(list(status, 'statuses')),
  at: may(pointer('a member that says success')),
  equals: may(scalar),
  refused: may(list(scalar, 'values of that member that say refused')),
  record: may(pointer('the record in the reply')),
  empty: may(yes('the reply has no body')),
});

export const throttled = object('how long a pause is, where the service asks for one', {
  wait: may(list(wait, 'places, the first that says something counts; Retry-After always comes first')),
  pause: may(duration('the pause where none of them says')),
});
