import { words } from './form-values.ts';
import { choice, list, may, must, object, text, yes } from './shape.ts';
import { headerNameProblem, headerValueProblem } from './text-problems.ts';

/** What a vendor file says of an account: its credentials and its settings. */

export const credential = object('a credential, which is never in the file', {
  description: must(words('what it is and where to find it')),
  header: may(text({ about: 'the header that carries it', problem: headerNameProblem })),
  prefix: may(text({ about: 'what stands before it in the header', problem: headerValueProblem })),
  query: may(text({ about: 'the query parameter that carries it' })),
  as: may(choice(['bearer', 'basic-user', 'basic-password'], 'the part of the Authorization header that it is')),
  beginsWith: may(words('how such credentials begin')),
  public: may(yes('not a secret, such as a user name')),
  optional: may(yes('calls may do without it')),
});

export const setting = object('a setting of the profile', {
  description: must(words('what it decides')),
  default: may(text({ about: 'its value where nobody gives one', may: 'be empty' })),
  options: may(list(words('a value'), 'the values that it may have')),
  question: may(words('the question that `profile add` asks')),
});

export function credentialNameProblem(name: string): readonly [string, string] | undefined {
  return /^[a-z][A-Za-z]{0,40}$/.test(name)
    ? undefined
    : ['is not a name for a credential', 'Write letters only, the first one small: "apiKey".'];
}
