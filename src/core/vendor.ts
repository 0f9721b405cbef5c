import type { Call, Reading, Reply } from './call.ts';
import type { Rate } from './duration.ts';
import type { Change, Edit, Problem } from './edit.ts';
import type { Field, FieldType } from './field.ts';
import type { Json, JsonObject } from './json.ts';

/**
 * The vendor contract: everything the core must know of a service. A vendor is data and pure functions; it has no timer, no retry,
 * no print, no fetch and no clock. Throttling, retrying, journalling, reporting and resuming are done once, for all of them.
 *
 * To add a vendor: copy the file of the vendor that is most alike in `src/vendors/`, keep the order of its parts, add it to the list in
 * `src/vendors/index.ts`, put the vendor's documented request and reply bodies into `test/vendors/<name>/`, add its README row.
 * `test/contract` then says what is missing. Facts carry the address of their source and the date on which they were true there; what no one has confirmed is
 * a setting or is survived either way.
 */
export interface Vendor {
  /** As in `--vendor`; lower case, kebab-case. The environment names of its credentials are derived from it. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** The vendor's own pages, the update call first. */
  readonly documentation: readonly string[];
  /** Ways to sign in, the simplest first. */
  readonly credentials: readonly CredentialSet[];
  readonly settings: readonly Setting[];
  /** Without a trailing slash, for example `https://api.close.com/api/v1`. */
  readonly baseUrl: (settings: Settings) => string;
  /** Puts the credentials onto a call. */
  readonly authorise: (credentials: Credentials, settings: Settings) => Authorisation;
  /** How a refresh token becomes an access token, for vendors that sign in so. */
  readonly oauth?: OAuthDeclaration;
  readonly meters: readonly Meter[];
  /** Calls in flight at once, where nobody says otherwise. */
  readonly concurrency: number;

  /** Column names for the opportunity's id besides `id`. */
  readonly idNames: readonly string[];
  /** Why this cannot be an id at this vendor, or undefined. Empty ids, `.` and `..` are refused for all vendors. */
  readonly idProblem?: (id: string) => string | undefined;
  readonly fields: (settings: Settings) => readonly Field[];
  /** Fields whose names are a pattern (`custom.cf_…`, any schema name): the field of this very name, or undefined. */
  readonly openField?: (name: string, settings: Settings) => Field | undefined;
  /** The patterns of `openField`, for lists: `custom.cf_…` with what such a field is. */
  readonly openNames?: readonly OpenName[];
  /** What to say of a name that is no field, where there is more to say than the nearest name. */
  readonly unknownFieldHint?: (name: string) => string | undefined;
  /** Why the vendor will refuse this edit, as far as the edit alone shows it. `warning`: it may be what is wanted. */
  readonly audit?: (edit: Edit, settings: Settings) => readonly Audit[];

  /** Edits to calls, in the order in which they are to be sent. Pure; never touches the network. */
  readonly plan: (edits: readonly Edit[], settings: Settings) => readonly Call[];
  /** Calls that carry several edits. Absent: every edit is sent by itself. */
  readonly batches?: BatchWrites;
  /** What a reply means. Pure; must survive any status, any headers and any body. */
  readonly read: (reply: Reply, call: Call) => Reading;
  /**
   * How to find out whether a call that must not be repeated has been applied: a read, and what it shows. Absent, or undefined for a
   * call: nothing can tell, and the row is in doubt.
   */
  readonly settle?: (call: Call, settings: Settings) => Settlement | undefined;
  /** How current values are read, for before → after, for leaving out what is so already, and for undo. Absent: they can't be. */
  readonly current?: CurrentReads;
  /** What differs between accounts and is known to the account only: names, users, options. Absent: there is nothing to be known. */
  readonly metadata?: MetadataDeclaration;
  /** One harmless call that proves the credentials, and whom they belong to. */
  readonly check: (settings: Settings) => Check;
}

export type Settings = Readonly<Record<string, string>>;
export type Credentials = Readonly<Record<string, string>>;

/** A setting of a profile, given by `--setting NAME=VALUE`. */
export interface Setting {
  readonly name: string;
  readonly description: string;
  readonly default: string;
  readonly options?: readonly string[];
  /**
   * What it decides. `address`: where calls or credentials go. `sending`: how calls are sent or whether they may be repeated. Only the profile and
   * the flags of the command in hand may give these two; a saved plan or an old run may not. Absent: `values`, what cells mean.
   */
  readonly role?: 'address' | 'sending' | 'values';
  /** Why this is no value of the setting, or undefined. */
  readonly problem?: (value: string) => string | undefined;
}

export interface CredentialSet {
  /** For people: `API key`. */
  readonly title: string;
  readonly fields: readonly CredentialField[];
}

export interface CredentialField {
  /** camelCase, as in the JSON of `--credentials-stdin`. */
  readonly name: string;
  readonly secret: boolean;
  readonly optional?: true;
  /** What it is and where to find it. */
  readonly description: string;
  /** A doubt about a value that looks wrong; a warning, never a refusal. Must not repeat the value. */
  readonly doubt?: (value: string) => string | undefined;
}

/** The refresh grant of OAuth 2 (RFC 6749, 6), as data. The reply's `access_token` becomes the credential `accessToken`. */
export interface OAuthDeclaration {
  readonly tokenUrl: (credentials: Credentials, settings: Settings) => string;
  /** The members of the form-encoded body. */
  readonly refreshForm: (credentials: Credentials, settings: Settings) => Readonly<Record<string, string>>;
  /** The credentials that the grant cannot do without. */
  readonly needs: readonly string[];
  /** How a person gets the credential `refreshToken` through this tool; absent where the vendor has no way for that. */
  readonly signIn?: SignInDeclaration;
}

/** A person's sign-in by device code (RFC 8628) and by browser with PKCE on a loopback redirect (RFC 7636, RFC 8252), as data. */
export interface SignInDeclaration {
  readonly deviceUrl: (credentials: Credentials, settings: Settings) => string;
  readonly authorizationUrl: (credentials: Credentials, settings: Settings) => string;
  readonly scope: (settings: Settings) => string;
  /** The credentials that are given before: they name the app. */
  readonly needs: readonly string[];
  /** How the vendor wants the loopback host written in the redirect: it accepts any port for this one. */
  readonly redirectHost: 'localhost' | '127.0.0.1';
  /** For the person: as whom to sign in, and how. One sentence. */
  readonly advice: string;
  /** A doubt about the claims of the access token, where it has any that can be read; a warning, never a refusal. */
  readonly doubt?: (claims: Readonly<Record<string, unknown>>) => string | undefined;
}

export interface Authorisation {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
}

/** A quota of the vendor: at most `count` calls in any `windowMs`. */
export interface Meter extends Rate {
  readonly name: string;
  /** `fixed`: a window whose end the vendor tells in a header. */
  readonly window: 'sliding' | 'fixed';
  /** The calls it counts: all of the account's, or those of one quota group. */
  readonly group?: string;
  /** It stays where the user sets other rates for the account, unless a rate names its group: `--rate bulk=1/5s`. */
  readonly stays?: true;
  /** What it counts where that is not calls, for people: `tokens`, `credits`. A call then costs its `cost`. */
  readonly unit?: string;
  /** The most to which a limit in a reply's header may raise `count`; absent: it is never raised. */
  readonly mostCount?: number;
  readonly evidence: 'documented' | 'assumed';
  readonly description: string;
}

export interface Audit extends Problem {
  readonly severity: 'error' | 'warning';
}

export interface OpenName {
  readonly name: string;
  readonly description: string;
}

export interface Settlement {
  readonly call: Call;
  /**
   * `applied`: what was asked for is there. `absent`: it is not there (yet). `unknown`: the reply does not tell.
   * Only asked of replies that are no failure of the wire, the quota or the credentials.
   */
  readonly verdict: (reply: Reply) => 'applied' | 'absent' | 'unknown';
  /** Milliseconds before each look, for vendors whose reads lag behind their writes; at least one. */
  readonly waitsMs: readonly number[];
  /**
   * Headers with which the call may be sent again when it was absent at every look: they make the vendor refuse it (as `conflict`) where the
   * first one lands late, or are none where that does no harm. Undefined: it is not sent again, and the row is in doubt.
   */
  readonly again: (reply: Reply) => Readonly<Record<string, string>> | undefined;
}

/**
 * How edits that may go together become one call, whose reply `read` gives a verdict for each of. Only edits that do no harm when they are sent
 * twice are carried together: where a reply leaves one out, the record is looked at, and the edit goes again by itself.
 */
export interface BatchWrites {
  /** Most edits of one call, two at least. */
  readonly most: number;
  /** Edits with the same key may go together; undefined: this one goes by itself. */
  readonly key: (edit: Edit, settings: Settings) => string | undefined;
  /** The field that decides the key, where there is one: it is kept with what is left of an edit, and is no change by itself. */
  readonly keyField?: string;
  /** The edits have the key, and different ids. */
  readonly call: (key: string, edits: readonly Edit[], settings: Settings) => Call;
  /** Milliseconds before each look at an edit that the reply left out; at least one. */
  readonly waitsMs: readonly number[];
}

/** A read of several opportunities. */
export interface BulkReads {
  /** Most opportunities of one read, two at least. */
  readonly most: number;
  /** Edits with the same key may be looked at together; undefined: this one is looked at by itself. */
  readonly key: (edit: Edit, settings: Settings) => string | undefined;
  readonly call: (key: string, edits: readonly Edit[], settings: Settings) => Call;
  /** What the reply shows of each edit of the call, in their order; undefined: it is looked at by itself. */
  readonly read: (reply: Reply, call: Call) => readonly (Snapshot | undefined)[];
}

export interface CurrentReads {
  /** One read of what the edit's fields hold; of all fields where it has no changes. It carries the edit. */
  readonly call: (edit: Edit, settings: Settings) => Call;
  /** What the reply shows. Only asked of replies that are no failure of the wire, the quota or the credentials. Pure; survives any body. */
  readonly read: (reply: Reply, call: Call) => Snapshot;
  /** Several at once, where the vendor offers it. */
  readonly bulk?: BulkReads;
  /** Milliseconds before each look with which `--verify` proves a write, for vendors whose reads follow their writes late. */
  readonly proofWaitsMs?: readonly number[];
  /** Fields of which all that an edit names are sent when one of them differs. */
  readonly together?: readonly (readonly string[])[];
  /** Fields that the vendor changes by itself along with these: their values are kept for undo, too. */
  readonly moved?: (changes: readonly Change[]) => readonly string[];
  /** What the record that a reply to a write shows holds, as `read` does. Absent: replies show none. */
  readonly echoed?: (record: Json) => FieldValues;
  /** Fields that the vendor may change along with these, and that are not put back with them. */
  readonly coupled?: (changes: readonly Change[]) => readonly string[];
  /** Why the vendor will refuse this edit of a record that stands so. */
  readonly audit?: (edit: Edit, values: FieldValues) => readonly Audit[];
  /** Why what this change does can't be taken back, or undefined. */
  readonly lasting?: (change: Change) => string | undefined;
}

/** What fields hold, by the name that changes write them by. A field that the read does not show is absent. */
export type FieldValues = ReadonlyMap<string, FieldValue>;

export interface FieldValue {
  /** In the vendor's form, as a change would write it; null for empty. */
  readonly value: Json;
  /** What the record itself says of the field, where it does. */
  readonly type?: FieldType;
}

/** What a read of one opportunity showed. */
export type Snapshot =
  | {
      readonly kind: 'found';
      readonly values: FieldValues;
      /** For `If-Match`, verbatim: the vendor refuses a write of a record that has changed since. */
      readonly eTag?: string;
    }
  /** There is no such opportunity, or this account can't see it. */
  | { readonly kind: 'absent'; readonly code: string; readonly message: string; readonly hint?: string }
  /** It is not told whether the opportunity is absent or can't be read; the write itself will tell. `absentIf`: it is absent if another read succeeded. */
  | { readonly kind: 'unknown'; readonly message: string; readonly absentIf?: 'another-read-succeeded' }
  /** This account can't read opportunities at all. */
  | { readonly kind: 'unsupported'; readonly message: string };

/**
 * What an account has told of itself, by the name of the read that told it: the parts of its replies that matter, as plain JSON that can be
 * kept. A read that was refused is absent.
 */
export type Metadata = Readonly<Record<string, readonly JsonObject[]>>;

/** How an account's own names are read, and what a vendor is that knows them. */
export interface MetadataDeclaration {
  /** None where the settings leave nothing to be read. */
  readonly reads: (settings: Settings) => readonly MetadataRead[];
  /**
   * Whether metadata may say more. `name`: of a column that is no field without it. `field`: of values of this field that are accepted without it.
   * `value`: of one that is refused without it.
   */
  readonly helps: (need: 'name' | 'field' | 'value', name: string, settings: Settings) => boolean;
  /** The parts of the vendor that know the metadata, in place of those that don't. Pure; survives any metadata. */
  readonly learn: (metadata: Metadata) => Partial<Pick<Vendor, 'fields' | 'unknownFieldHint' | 'audit'>>;
}

export interface MetadataRead {
  /** `users`: its name in the metadata. */
  readonly name: string;
  /** What can't be done where the account refuses it, for people: `owners can't be given by e-mail`. */
  readonly without: string;
  /** The first page. */
  readonly call: Call;
  /** What a page holds, cut down to what is used; undefined where the reply is no such page. Pure; survives any reply. */
  readonly items: (reply: Reply) => readonly JsonObject[] | undefined;
  /** The call for the page after this one, or undefined after the last. */
  readonly next?: (reply: Reply, call: Call) => Call | undefined;
}

export interface Check {
  readonly call: Call;
  /** The account's name as the reply of the check shows it (`Ada Kern, Northwind`), or undefined where it does not. */
  readonly account: (reply: Reply) => string | undefined;
  /** Whether the reply proves the credentials, where that is not simply a success. */
  readonly proves?: (reply: Reply) => boolean;
}
