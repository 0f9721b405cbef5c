/** A vendor file as the sandbox reads it: written from the form's description, apart from the adapter that it is to test. Checked before. */
export interface DescribedFile {
  readonly name: string;
  readonly credentials: Readonly<Record<string, CredentialPart>>;
  readonly alternatives?: readonly (readonly string[])[];
  readonly id?: { readonly form?: 'token' | 'digits' | 'uuid'; readonly at?: string };
  readonly quotas?: readonly QuotaPart[];
  readonly update: WritePart;
  readonly extra?: readonly WritePart[];
  readonly batch?: BatchPart;
  readonly lists?: Readonly<Record<string, ListPart>>;
  readonly fields: Readonly<Record<string, string | FieldPart>>;
  readonly success?: {
    readonly status?: readonly number[];
    readonly at?: string;
    readonly equals?: unknown;
    readonly record?: string;
    readonly empty?: true;
  };
  readonly refusals?: readonly RefusalPart[];
  readonly read?: ReadPart;
  readonly check: { readonly path: string; readonly shows?: string; readonly account?: readonly string[] };
}

export interface CredentialPart {
  readonly header?: string;
  readonly prefix?: string;
  readonly query?: string;
  readonly as?: 'bearer' | 'basic-user' | 'basic-password' | 'oauth';
  readonly beginsWith?: string;
}

export interface QuotaPart {
  readonly rate: string;
  readonly window?: 'fixed' | 'sliding';
  readonly of?: 'batches';
  readonly headers?: {
    readonly limit?: string;
    readonly remaining?: string;
    readonly reset?: string;
    readonly unit?: 's' | 'ms' | 'epoch-s' | 'epoch-ms' | 'iso';
  };
}

/** A call that says in one of these places which record it is for. */
export interface RecordCall {
  readonly method?: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly constant?: unknown;
  readonly idAt?: string;
}

export interface WritePart extends RecordCall {
  readonly method: string;
  readonly under?: string;
  readonly patch?: unknown;
}

export interface BatchPart extends WritePart {
  readonly most: number;
  readonly records: string;
  readonly outcomes: string;
  readonly failures?: string;
  readonly field?: string;
  readonly fieldAs?: 'name' | 'path' | 'label';
  readonly by: 'position' | 'id' | 'key';
  readonly keyAt?: string;
  readonly outcomeKey?: string;
  readonly record?: string;
  readonly status?: number;
  readonly success?: { readonly at: string; readonly equals: unknown };
  readonly code?: string;
  readonly message?: string;
  readonly guilty?: { readonly list: string; readonly position?: string; readonly id?: string };
}

export interface ReadPart extends RecordCall {
  readonly record?: string;
  readonly absent?: readonly { readonly status?: number; readonly code?: string }[];
  readonly guard?: {
    readonly header?: string;
    readonly at?: string;
    readonly send: string;
    readonly in?: 'header' | 'body';
  };
  readonly many?: ManyPart;
  readonly list?: ListingPart;
}

export interface ManyPart {
  readonly method?: string;
  readonly path: string;
  readonly most: number;
  readonly ids: { readonly query?: string; readonly as?: 'joined' | 'repeated'; readonly at?: string };
  readonly pageSize?: string;
  readonly records: string;
  readonly record?: string;
}

export interface ListingPart {
  readonly method?: string;
  readonly path: string;
  readonly records: string;
  readonly record?: string;
  readonly filters?: Readonly<Record<string, string | FilterPart>>;
  readonly entries?: { readonly at: string; readonly entry: unknown };
  readonly caseless?: true;
  readonly search?: { readonly in: string };
  readonly pages?: {
    readonly size?: { readonly in: string; readonly of: number };
    readonly page?: { readonly in: string; readonly first?: number };
    readonly offset?: string;
    readonly cursor?: { readonly in: string; readonly at: string };
    readonly next?: string;
    readonly linkHeader?: true;
    readonly more?: string;
    readonly total?: string;
  };
}

export interface FilterPart {
  readonly in: string;
  readonly most?: number;
  readonly as?: 'joined' | 'repeated' | 'list';
}

export interface RefusalPart {
  readonly at?: string;
  readonly code?: string;
  readonly message?: string;
  readonly field?: string;
  readonly fieldAs?: 'name' | 'path' | 'label';
  readonly fieldFrom?: string;
}

export interface ListPart {
  readonly at: string;
  readonly readAt?: string;
  readonly entry: unknown;
  readonly readKey?: string;
  readonly readValue?: string;
}

export interface FieldPart {
  readonly type: string;
  readonly label?: string;
  readonly member?: string;
  readonly at?: string;
  readonly readAt?: string;
  readonly list?: string;
  readonly key?: unknown;
  readonly options?: readonly string[] | string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly sent?: string;
}
