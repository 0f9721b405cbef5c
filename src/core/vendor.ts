import type { Call, Guard, Reading, Reply, Verdict } from './call.ts';
import type { Rate } from './duration.ts';
import type { Change, Edit, Problem } from './edit.ts';
import type { Field, FieldType } from './field.ts';
import type { Json, JsonObject } from './json.ts';

/**
 * The vendor contract, second edition: everything the core must know of a service. A vendor is data and pure functions; it has no timer, no retry,
 * no print, no fetch and no clock. Throttling, retrying, journalling, proving, reporting and resuming are written once, for all of them.
 *
 * A `Vendor` is what is known without an account: names, credentials, settings, quotas. `open` makes of it a `Service` for one account, once for each
 * command: its settings are filled in, and where the account's metadata were read, its fields, options and users are known.
 *
 * To add a vendor: copy the folder of the vendor that is most alike in `src/vendors/`, keep its files and the order of their parts, add it to
 * `src/vendors/index.ts`, and its sandbox to `src/sandbox/index.ts`. `test/contract` then says what is missing. Facts carry the address of their source
 * and the date on which they were true there; what no one has confirmed is a setting or is survived either way.
 */
export interface Vendor {
  /** As in `--vendor`; lower case, kebab-case. The environment names of its credentials are derived from it. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** What is edited, and the calls that do it, for lists and README: `deals`, `PATCH /v2/deals/{id}, read 100 at a time`. */
  readonly updates: { readonly records: string; readonly calls: string };
  /** The vendor's own pages, the update call first. */
  readonly documentation: readonly string[];
  /** Ways to sign in, the simplest first. Whether a field is secret decides what is masked. */
  readonly credentials: readonly CredentialSet[];
  readonly settings: readonly Setting[];
  /** Without a trailing slash, for example `https://api.close.com/api/v1`. */
  readonly baseUrl: (settings: Settings) => string;
  /** Puts the credentials onto a call. */
  readonly authorise: (credentials: Credentials, settings: Settings) => Authorisation;
  /** How an access token is obtained, for vendors that sign in so. */
  readonly oauth?: OAuthDeclaration;
  readonly quotas: readonly Meter[];
  /** Calls in flight at once, where nobody says otherwise. */
  readonly concurrency: number;
  /** Milliseconds that one call may take where nobody says otherwise; absent: the tool's default. */
  readonly callTimeoutMs?: number;
  /** What each write sets off at the vendor under these settings, as a sentence for plans and before a run; absent: nothing that is known. */
  readonly setsOff?: (settings: Settings) => string | undefined;
  /** For help, greetings and README: an id of the form that the vendor uses and a change that is plausible there, `amount=42000`. */
  readonly example: { readonly id: string; readonly change: string };
  /** The vendor as one account sees it. Pure; survives any metadata. `metadata`: as read by the service that was opened without them. */
  readonly open: (settings: Settings, metadata?: Metadata) => Service;
}

/** A vendor with the settings of one account filled in, and its metadata where they were read. */
export interface Service {
  /** Column names for the opportunity's id besides `id`. */
  readonly idNames: readonly string[];
  /** Why this cannot be an id at this vendor, as what is said of it (`is not …`), or undefined. Empty ids, `.` and `..` are refused for all vendors. */
  readonly idProblem?: (id: string) => string | undefined;
  /** What else the vendor takes in place of the id, for people: a sentence. */
  readonly idHint?: string;
  /** The one spelling of an id that has several: a GUID has no case. Rows and records are told apart by it. Absent: an id has one spelling. */
  readonly canonicalId?: (id: string) => string;
  readonly fields: readonly Field[];
  /** Fields whose names are a pattern (`custom.cf_…`, any schema name): the field of this very name, or undefined. */
  readonly openField?: (name: string) => Field | undefined;
  /** The patterns of `openField`, for lists: `custom.cf_…` with what such a field is. */
  readonly openNames?: readonly OpenName[];
  /** What to say of a name that no field has, where there is more to say than the nearest name. */
  readonly unknownFieldHint?: (name: string) => string | undefined;
  /** Changes that these cannot do without, such as the pipeline of a stage. Those of fields that the edit names itself are dropped. */
  readonly companions?: (changes: readonly Change[]) => readonly Change[];
  /** Why the vendor will refuse this edit, as far as the edit alone shows it. `warning`: it may be what is wanted. */
  readonly audit?: (edit: Edit) => readonly Audit[];

  /**
   * The calls of one edit, in the order in which they are to be sent. Each carries the edit with those changes that it does. Pure; never touches the
   * network.
   */
  readonly plan: (edit: Edit) => readonly Call[];
  /** Calls that carry several edits. Absent: every edit is sent by itself. */
  readonly batches?: BatchWrites;
  /** Jobs that carry many edits at once, for large files. Absent: the vendor has none. */
  readonly jobs?: JobWrites;
  /** What a reply means. Success is declared positively: a form that the vendor documents. Pure; survives any status, any headers and any body. */
  readonly read: (reply: Reply, call: Call) => Reading;
  /** How current values are read: for before → after, for leaving out what is so already, for undo, for proof. Absent: they cannot be. */
  readonly records?: RecordReads;
  /** Other keys to ids. Absent: opportunities are named by their id only. */
  readonly find?: Finder;
  /** Opportunities that match conditions. Absent: the vendor documents no way. */
  readonly list?: Lister;
  /** How to fetch the account's own labels, users and options. Absent: the vendor has none. */
  readonly metadata?: MetadataReads;
  /** One harmless call that proves the credentials, and whom they belong to. */
  readonly check: Check;
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
  /** A flag of its own, besides `--setting`: `--host <host>`. */
  readonly flag?: string;
  /** The question with which `profile add` asks for it; absent: it is not asked. */
  readonly question?: string;
  /** Answers to choose from, for people; another one can always be typed. */
  readonly choices?: readonly { readonly value: string; readonly label: string; readonly hint?: string }[];
  /** Set where no call can be made without a value. */
  readonly required?: true;
  /** Why this is not a valid value, or undefined. */
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

/** How an access token is obtained (RFC 6749), as data. The reply's `access_token` becomes the credential `accessToken`. */
export interface OAuthDeclaration {
  readonly tokenUrl: (credentials: Credentials, settings: Settings) => string;
  /** The first whose needs are all there is used. */
  readonly grants: readonly Grant[];
  /** How the client authenticates at the token address: members of the form (the grant's own), or a Basic header made of `clientId` and `clientSecret`. */
  readonly clientAuthentication?: 'form' | 'basic';
  /** The address is named to the person wherever it is on another host than the base URL: a file says it, not this program. */
  readonly named?: true;
  /** A refusal that comes as HTTP 200, where the vendor does that. It is final. */
  readonly refusal?: (body: JsonObject) => { readonly code: string; readonly message: string } | undefined;
  /** A doubt about the account that a token reply names, such as another instance than the setting's; a warning. */
  readonly doubt?: (body: JsonObject, settings: Settings) => string | undefined;
  /** How a person gets the credential `refreshToken` through this tool; absent where the vendor has no way for that. */
  readonly signIn?: SignInDeclaration;
}

export interface Grant {
  /** `code`: a one-time code that the vendor's console shows (credential `code`) is exchanged for a refresh token when the profile is made. */
  readonly kind: 'refresh' | 'client-credentials' | 'code';
  /** The credentials that it cannot do without. */
  readonly needs: readonly string[];
  /** The members of the form-encoded body. */
  readonly form: (credentials: Credentials, settings: Settings) => Readonly<Record<string, string>>;
}

/** A person's sign-in by device code (RFC 8628), or by browser with PKCE on a loopback redirect (RFC 7636, RFC 8252), as data. */
export interface SignInDeclaration {
  /** Absent where the vendor has no device code. */
  readonly deviceUrl?: (credentials: Credentials, settings: Settings) => string;
  readonly authorizationUrl: (credentials: Credentials, settings: Settings) => string;
  readonly scope: (settings: Settings) => string;
  /** Further parameters of the authorization request: `access_type=offline`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The credentials that are given before: they name the app. */
  readonly needs: readonly string[];
  /** How the vendor wants the loopback host written in the redirect. */
  readonly redirectHost: 'localhost' | '127.0.0.1';
  /** Where the app's registration must name the whole address; absent: any port, path `/`. */
  readonly redirect?: { readonly port: number; readonly path: string };
  /** For the person: as whom to sign in, and how. One sentence. */
  readonly advice: string;
  /** A doubt about the claims of the access token, where it has any that can be read; a warning, never a refusal. */
  readonly doubt?: (claims: Readonly<Record<string, unknown>>) => string | undefined;
}

export interface Authorisation {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
}

/** A quota of the vendor: at most `count` in any `windowMs`. */
export interface Meter extends Rate {
  readonly name: string;
  /** `fixed`: a window whose end the vendor tells in a header. */
  readonly window: 'sliding' | 'fixed';
  /** The calls it counts: all of the account's, or those of one quota group. */
  readonly group?: string;
  /** It stays where the user sets other rates for the account, unless a rate names its group: `--rate bulk=1/5s`. */
  readonly keptBesideUserRates?: true;
  /** What it counts where that is not calls, for people: `tokens`, `credits`. A call then costs its `cost`. */
  readonly unit?: string;
  /** The most to which a limit in a reply's header may raise `count`; absent: it is never raised. */
  readonly mostCount?: number;
  readonly evidence: 'documented' | 'assumed';
  readonly description: string;
}

export interface Audit extends Problem {
  readonly severity: 'error' | 'warning';
  /**
   * Of an error that a row has only where the values it names are to change: a file of what records hold is not an error. The row is judged again, by what is
   * left of it, as soon as its record was read; at once where nothing is read.
   */
  readonly unlessUnchanged?: true;
}

export interface OpenName {
  readonly name: string;
  readonly description: string;
}

/**
 * How edits that may go together become one call, whose reply `read` gives a verdict for each of. Only edits that do no harm when they are sent
 * twice are carried together: where a reply leaves one out, the record is read, and the edit goes again by itself.
 */
export interface BatchWrites {
  /** Most edits of one call, two at least. */
  readonly most: number;
  /** Edits with the same key may go together; undefined: this one goes by itself. */
  readonly key: (edit: Edit) => string | undefined;
  /** The field that decides the key, where there is one: it is kept with what is left of an edit, and is not a change by itself. */
  readonly keyField?: string;
  /** The edits have the key, and different ids. */
  readonly call: (key: string, edits: readonly Edit[]) => Call;
  // A row whose record gave a guard is never put into a batch: it would lose it.
}

/**
 * A job of the vendor's that carries many edits: it is created, gets its content, and is closed; then the vendor works on it while it is asked how far
 * it is, and its results tell what became of each edit. Nothing of a job is done before it is closed: one that never is may be left behind. Only edits that
 * may share a call (a key of `batches`) travel in one. A job that was closed is followed up whatever the settings say by then.
 */
export interface JobWrites {
  /** Edits of a run from which on it uses jobs; infinite where the settings rule them out. */
  readonly atLeast: number;
  /** Fewer edits than this go in other calls: a job takes several by itself. */
  readonly fewest: number;
  /** Most edits of one job. */
  readonly most: number;
  /** Most bytes of its content. */
  readonly mostBytes: number;
  /** Whether the content can say what this edit asks for. */
  readonly fits: (edit: Edit) => boolean;
  readonly create: Call;
  /** The id of the job that the reply to `create` shows. */
  readonly created: (reply: Reply) => string | undefined;
  /** The edits have different ids. */
  readonly content: (edits: readonly Edit[]) => string;
  readonly upload: (job: string, content: string) => Call;
  readonly close: (job: string) => Call;
  /** Gives up a job that is not closed. */
  readonly abort: (job: string) => Call;
  readonly state: (job: string) => Call;
  /** What the reply to `state` shows; undefined where it is in no known form. Pure; survives any reply. */
  readonly readState: (reply: Reply, job: string) => JobState | undefined;
  /** The reads of what became of the edits, the one that names most of them first. */
  readonly results: (job: string) => readonly Call[];
  /** What the reply to one of `results` says, in any order; undefined where it is in no known form. Pure; survives any reply. */
  readonly readResults: (reply: Reply, call: Call) => readonly JobResult[] | undefined;
}

export type JobState =
  /** It waits to be closed. */
  | { readonly kind: 'open' }
  /** It is closed. `done`: edits that the vendor has been through. */
  | { readonly kind: 'working'; readonly done: number }
  /** The vendor does nothing more of it. `failed`: why it could not go through all of it, for people. `aborted`: someone had it stopped. */
  | { readonly kind: 'ended'; readonly failed?: string; readonly aborted?: true }
  /** It is not known any more, and so not worked on. */
  | { readonly kind: 'gone' };

/** What a job's results say of one opportunity. */
export interface JobResult {
  readonly id: string;
  readonly verdict: Verdict;
}

/** How records are read. Every record that a reply shows says whose it is, and the core compares that with what was asked. */
export interface RecordReads {
  /** One read of what the edit's fields hold; of all fields where it has no changes. It carries the edit. */
  readonly call: (edit: Edit) => Call;
  /** What the reply shows. Only asked of replies that are not failures of the wire, the quota or the credentials. Pure; survives any body. */
  readonly read: (reply: Reply, call: Call) => RecordRead;
  /** Several at once, where the vendor offers it. */
  readonly bulk?: BulkReads;
  /**
   * The record that the reply to a write shows (`echo` of the verdict), in part or whole. `fields`: the values of these are wanted and no others, so that
   * others may be left out. Absent: replies show none.
   */
  readonly echoed?: (echo: Json, fields?: readonly string[]) => FoundRecord | undefined;
  /** Milliseconds before each read that is to prove a write or resolve a doubt; at least one. Longer where reads follow writes late. */
  readonly waitsMs: readonly number[];
  /** Fields of which all that an edit names are sent when one of them differs. */
  readonly sentTogether?: readonly (readonly string[])[];
  /** Fields that the vendor changes by itself along with these: their values are kept for undo, too. */
  readonly sideEffectFields?: (changes: readonly Change[]) => readonly string[];
  /** Fields that the vendor may change along with these, and that are neither blamed on a write nor put back with it. */
  readonly linkedFields?: (changes: readonly Change[]) => readonly string[];
  /** Why the vendor will refuse this edit of a record that stands so. */
  readonly audit?: (edit: Edit, values: FieldValues) => readonly Audit[];
  /** Why what this change does cannot be taken back, or undefined. */
  readonly irreversibleReason?: (change: Change) => string | undefined;
}

/** A read of several opportunities. */
export interface BulkReads {
  /** Most opportunities of one read, two at least. */
  readonly most: number;
  /** Edits with the same key may be read together; undefined: this one is read by itself. */
  readonly key: (edit: Edit) => string | undefined;
  readonly call: (key: string, edits: readonly Edit[]) => Call;
  /**
   * What the reply shows, in any order; undefined where it is in no known form. An opportunity that is in neither list is read by itself. Where a record
   * lacks a field that was asked for, it is left out.
   */
  readonly read: (reply: Reply, call: Call) => BulkRead | undefined;
}

export interface BulkRead {
  readonly found: readonly FoundRecord[];
  /** Ids that the reply says are not there. */
  readonly absent: readonly string[];
}

/** What fields hold, by the name that changes write them by. A field that the read does not show is absent. */
export type FieldValues = ReadonlyMap<string, FieldValue>;

export interface FieldValue {
  /** In the vendor's form, as a change would write it; null for empty. */
  readonly value: Json;
  /** What the record itself says of the field, where it does. */
  readonly type?: FieldType;
  /** What may be shown of a value that holds a secret of the session: it is for comparison only, and nothing of it is kept. */
  readonly masked?: Json;
}

/** One record as a reply shows it. */
export interface FoundRecord {
  /** Whose it is, as the reply says. */
  readonly id: string;
  /** Ids that lead to this record now, as the reply says: those of records that were merged into it. */
  readonly formerIds?: readonly string[];
  readonly values: FieldValues;
  /** What people call the opportunity. */
  readonly title?: string;
  /** Its address for a browser, only where the vendor documents one. */
  readonly link?: string;
  /** With it the vendor refuses a write of a record that has changed since. Absent where there is none, or none is wanted. */
  readonly guard?: Guard;
}

/** What a read of one opportunity showed. */
export type RecordRead =
  | { readonly kind: 'found'; readonly record: FoundRecord }
  /** There is no such opportunity, or this account cannot see it. */
  | { readonly kind: 'absent'; readonly code: string; readonly message: string; readonly hint?: string }
  /** The reply does not say whether the opportunity is absent or cannot be read. `absentIf`: it is absent if another read succeeded. */
  | { readonly kind: 'unknown'; readonly message: string; readonly absentIf?: 'another-read-succeeded' }
  /** This account cannot read opportunities at all. */
  | { readonly kind: 'unsupported'; readonly message: string };

/** Keys other than the id: an external id, a unique field. */
export interface Finder {
  /** Why opportunities cannot be found by this field, or undefined where they can. */
  readonly problem: (field: string) => string | undefined;
  /** Most keys of one call. */
  readonly most: number;
  /** Where fields differ in that. */
  readonly mostOf?: (field: string) => number;
  /** Most characters of the keys of one call together, percent-encoded and with what stands around each; absent: any. */
  readonly mostText?: number;
  readonly call: (field: string, keys: readonly string[]) => Call;
  /** The opportunities of this page with the key that each has; undefined where the reply is in no known form. */
  readonly read: (reply: Reply, call: Call) => FoundPage | undefined;
  /** The form in which the vendor compares keys of this field, where it ignores case or blanks. */
  readonly sameKey?: (key: string, field: string) => string;
}

export interface FoundPage {
  readonly records: readonly (Pick<FoundRecord, 'id' | 'title' | 'link'> & { readonly key: string })[];
  /** The call for the next page, or undefined after the last. */
  readonly next?: Call;
}

/** Opportunities that match conditions, all of which must hold. */
export interface Lister {
  /** Why the vendor cannot filter by this field, or undefined where it can. */
  readonly problem: (field: string) => string | undefined;
  /** What `--where-raw` takes, for help: `SOQL condition`; absent: nothing. */
  readonly rawLanguage?: string;
  /** Set where the vendor takes either conditions or raw text. */
  readonly rawAlone?: true;
  /** The first page. `conditions`: field and value in the vendor's form. `fields`: what to show; empty for the usual ones. */
  readonly call: (query: ListQuery) => Call;
  /** Undefined where the reply is in no known form. */
  readonly read: (reply: Reply, call: Call) => ListPage | undefined;
}

export interface ListQuery {
  readonly conditions: readonly { readonly field: string; readonly value: Json }[];
  readonly raw?: string;
  readonly fields: readonly string[];
}

export interface ListPage {
  readonly records: readonly FoundRecord[];
  readonly next?: Call;
  /** Why there are more that the vendor does not give, for people. */
  readonly cut?: string;
}

/**
 * What an account has said of itself, by the name of the read: the parts of its replies that matter, as plain JSON that can be kept. A read that was
 * refused is absent.
 */
export type Metadata = Readonly<Record<string, readonly JsonObject[]>>;

/** How an account's own names are read. */
export interface MetadataReads {
  /** None where the settings leave nothing to be read. */
  readonly reads: readonly MetadataRead[];
  /**
   * Whether metadata may say more. `name`: of a column that no field has without it. `field`: of values of this field that are accepted without it.
   * `value`: of one that is refused without it.
   */
  readonly helpsWith: (need: 'name' | 'field' | 'value', name: string) => boolean;
}

export interface MetadataRead {
  /** `users`: its name in the metadata. */
  readonly name: string;
  /** What cannot be done where the account refuses it, for people: `owners can't be given by e-mail`. */
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
