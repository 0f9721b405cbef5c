import { words } from './form-values.ts';
import { choice, list, map, may, must, object, text, yes } from './shape.ts';
import { headerNameProblem, headerValueProblem, tokenAddressProblem } from './text-problems.ts';

/** What a vendor file says of an account: its credentials and its settings. */

export const credential = object('a credential, which is never in the file', {
  description: must(words('what it is and where to find it')),
  header: may(text({ about: 'the header that carries it', problem: headerNameProblem })),
  prefix: may(text({ about: 'what stands before it in the header', problem: headerValueProblem })),
  query: may(text({ about: 'the query parameter that carries it' })),
  as: may(
    choice(
      ['bearer', 'basic-user', 'basic-password', 'oauth'],
      'the part of the Authorization header that it is; "oauth" goes to the address of tokens only',
    ),
  ),
  beginsWith: may(words('how such credentials begin')),
  public: may(yes('not a secret, such as a user name')),
  optional: may(yes('calls may do without it')),
});

/** Access tokens (RFC 6749): what they are obtained with stands in `credentials`. */
export const oauth = object('how access tokens are obtained', {
  tokenUrl: must(
    text({
      about:
        'the address that gives access tokens, over https; it is named before anything is sent where its host is not that of the base URL',
      problem: tokenAddressProblem,
      pattern: '^https://',
    }),
  ),
  grants: may(
    list(
      choice(['refresh', 'client-credentials'], 'a way to a token'),
      'ways, the first for which the credentials are there counts; without: a refresh token',
    ),
  ),
  client: may(choice(['form', 'basic'], 'how the app names itself: by members of the form, or by a Basic header')),
  form: may(
    map(text({ about: 'the value of a member', may: 'be empty' }), 'members that are always sent, such as scope'),
  ),
});

export const alternatives = list(
  list(words('a credential'), 'credentials that are enough together'),
  'ways to sign in, the simplest first; without: all credentials are needed',
);

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
