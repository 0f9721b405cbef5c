import type { Answer, Call, Reading, Reply, Verdict } from './call.ts';
import { defined } from './defined.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { holdsSecret, maskedJson, maskedReply } from './masked-reply.ts';
import type { SecretMask } from './redact.ts';
import type {
  FieldValue,
  FoundPage,
  FoundRecord,
  JobWrites,
  ListPage,
  MetadataRead,
  RecordReads,
  Service,
} from './vendor.ts';

/**
 * The one door for what a vendor sends: a service that decides by the reply as it came, and whose every text is made of the reply that was masked whole,
 * before anything is cut from it. Values of records stay as they came, for comparison; one that holds a secret carries what may be shown of it instead.
 * A vendor reads the same from both, but for its texts.
 */
export function maskedService(service: Service, mask: SecretMask): Service {
  /** A reply is asked about several times in a row. */
  let last: { readonly reply: Reply; readonly masked: Reply } | undefined;
  const masked = (reply: Reply): Reply => {
    if (last?.reply !== reply) last = { reply, masked: maskedReply(reply, mask) };
    return last.masked;
  };
  /** Echoes of replies that hold no secret: they need not be searched once more, value by value. */
  const clean = new WeakSet<object>();
  const { records, find, list, metadata, check, jobs } = service;
  return {
    ...service,
    read: (reply, call) => {
      const raw = service.read(reply, call);
      const told = masked(reply);
      if (told !== reply) return maskedReading(raw, service.read(told, call));
      for (const verdict of raw.kind === 'settled' ? raw.verdicts : [])
        if (verdict.kind === 'applied' && isJsonObject(verdict.echo)) clean.add(verdict.echo);
      return raw;
    },
    check: { ...check, account: (reply) => check.account(masked(reply)) },
    ...defined<Pick<Service, 'jobs' | 'records' | 'find' | 'list' | 'metadata'>>({
      jobs: jobs && maskedJobs(jobs, masked),
      records: records && maskedRecords(records, masked, clean, mask),
      find: find && { ...find, read: maskedPage(find.read, masked, mask, (one) => maskedNames(one, mask)) },
      list: list && {
        ...list,
        read: maskedPage(list.read, masked, mask, (record) => shownRecord(maskedRecord(record, mask))),
      },
      metadata: metadata && {
        ...metadata,
        reads: metadata.reads.map((read) => maskedMetadata(read, masked, mask)),
      },
    }),
  };
}

/** Pages of records, without those whose id holds a secret. */
function maskedPage<Page extends FoundPage | ListPage>(
  read: (reply: Reply, call: Call) => Page | undefined,
  masked: (reply: Reply) => Reply,
  mask: SecretMask,
  maskedOne: (record: Page['records'][number]) => Page['records'][number],
): (reply: Reply, call: Call) => Page | undefined {
  return (reply, call) => {
    const page = read(reply, call);
    if (page === undefined || masked(reply) === reply) return page;
    const found: Page['records'] = page.records;
    const records = found.filter(({ id }) => !mask.hides(id)).map(maskedOne);
    return { ...page, records, ...('cut' in page && page.cut !== undefined ? { cut: mask.mask(page.cut) } : {}) };
  };
}

function maskedJobs(jobs: JobWrites, masked: (reply: Reply) => Reply): JobWrites {
  return {
    ...jobs,
    readState: (reply, job) => {
      const raw = jobs.readState(reply, job);
      const told = masked(reply);
      if (raw?.kind !== 'ended' || raw.failed === undefined || told === reply) return raw;
      const state = jobs.readState(told, job);
      return { ...raw, failed: (state?.kind === 'ended' ? state.failed : undefined) ?? withheld };
    },
    readResults: (reply, call) => {
      const raw = jobs.readResults(reply, call);
      const told = masked(reply);
      if (raw === undefined || told === reply) return raw;
      const others = jobs.readResults(told, call) ?? [];
      return raw.map(({ id, verdict }, index) => ({
        id,
        verdict: maskedVerdict(verdict, others[index]?.id === id ? others[index].verdict : undefined),
      }));
    },
  };
}

/** What is kept of an account is sent some day, and a mask must never be. */
function maskedMetadata(read: MetadataRead, masked: (reply: Reply) => Reply, mask: SecretMask): MetadataRead {
  const items: MetadataRead['items'] = (reply) => {
    const found = read.items(reply);
    if (found === undefined || masked(reply) === reply) return found;
    return found.map((item) => pruned(item, mask)).filter((item) => isJsonObject(item));
  };
  return { ...read, items };
}

function maskedRecords(
  records: RecordReads,
  masked: (reply: Reply) => Reply,
  clean: WeakSet<object>,
  mask: SecretMask,
): RecordReads {
  const { bulk, echoed, audit } = records;
  return {
    ...records,
    read: (reply, call) => {
      const raw = records.read(reply, call);
      const told = masked(reply);
      if (told === reply) return raw;
      return raw.kind === 'found'
        ? { ...raw, record: maskedRecord(raw.record, mask) }
        : withTexts(raw, records.read(told, call));
    },
    ...defined<Pick<RecordReads, 'audit' | 'bulk' | 'echoed'>>({
      // Its words may repeat a value of the record, which is compared as it came.
      audit:
        audit &&
        ((edit, values) =>
          audit(edit, values).map((one) => Object.assign({}, one, { message: shown(one.message, mask) }))),
      bulk: bulk && {
        ...bulk,
        read: (reply, call) => {
          const raw = bulk.read(reply, call);
          if (raw === undefined || masked(reply) === reply) return raw;
          return { ...raw, found: raw.found.map((record) => maskedRecord(record, mask)) };
        },
      },
      echoed:
        echoed &&
        ((echo, fields) => {
          const record = echoed(echo, fields);
          if (record === undefined || (isJsonObject(echo) && clean.has(echo))) return record;
          return maskedRecord(record, mask);
        }),
    }),
  };
}

/** A text without the secrets of the session; the same where it holds none. */
function shown(text: string, mask: SecretMask): string {
  return mask.hides(text) ? mask.mask(text) : text;
}

/** No id of an opportunity is masked where it is the one that was asked for, so that a masked id is another one's. */
function maskedRecord(record: FoundRecord, mask: SecretMask): FoundRecord {
  const { guard, id, formerIds, values, ...others } = record;
  const told = new Map<string, FieldValue>();
  for (const [field, held] of values) {
    if (mask.hides(field)) continue;
    told.set(field, holdsSecret(held.value, mask) ? { ...held, masked: maskedJson(held.value, mask) } : held);
  }
  return {
    ...maskedNames({ id: shown(id, mask), ...others }, mask),
    ...(formerIds === undefined ? {} : { formerIds: formerIds.filter((former) => !mask.hides(former)) }),
    values: told,
    ...(guard === undefined || mask.hides(guard.value) ? {} : { guard }),
  };
}

/** A record that is shown and never compared. */
function shownRecord(record: FoundRecord): FoundRecord {
  const values = [...record.values].map(([field, held]): [string, FieldValue] => [
    field,
    held.masked === undefined ? held : { ...held, value: held.masked },
  ]);
  return { ...record, values: new Map(values) };
}

function maskedNames<T extends Pick<FoundRecord, 'title' | 'link'>>(record: T, mask: SecretMask): T {
  const { title, link } = record;
  return {
    ...record,
    ...(title === undefined ? {} : { title: shown(title, mask) }),
    ...(link === undefined ? {} : { link: shown(link, mask) }),
  };
}

/** A value of metadata without what holds a secret; undefined where its own members do. */
function pruned(value: Json, mask: SecretMask): Json | undefined {
  if (!holdsSecret(value, mask)) return value;
  if (Array.isArray(value)) return value.flatMap((one: Json) => pruned(one, mask) ?? []);
  if (value === null || typeof value !== 'object') return undefined;
  const members: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value as JsonObject)) {
    const kept = member === undefined || mask.hides(name) ? undefined : pruned(member, mask);
    if (kept === undefined) return undefined;
    members[name] = kept;
  }
  return members;
}

/** The reading of the reply as it came, with the texts of the masked one. */
function maskedReading(raw: Reading, told: Reading): Reading {
  const { quota, requestId: _raw, ...answer } = raw;
  const { requestId, ...others } = told;
  return {
    ...maskedAnswer(answer, others),
    ...(quota === undefined ? {} : { quota }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function maskedAnswer(raw: Answer, told: Answer): Answer {
  if (raw.kind !== 'settled') return withTexts(raw, told);
  const others = told.kind === 'settled' ? told.verdicts : [];
  return { ...raw, verdicts: raw.verdicts.map((verdict, index) => maskedVerdict(verdict, others[index])) };
}

function maskedVerdict(raw: Verdict, told: Verdict | undefined): Verdict {
  if (raw.kind !== 'applied') return withTexts(raw, told);
  const { note, ...verdict } = raw;
  if (note === undefined) return raw;
  return { ...verdict, note: withTexts(note, told?.kind === 'applied' ? told.note : undefined) };
}

const withheld = 'The reply holds a secret, and its words are not shown.';

/** `raw` with what people are told by `told`, which is undefined or of another kind where masking has changed what the reply means. */
function withTexts<T extends object>(raw: T, told: object | undefined): T {
  const same = told !== undefined && (raw as Told).kind === (told as Told).kind;
  const texts: Told = same ? told : { code: 'withheld', message: withheld, hint: withheld };
  const { code, message, hint } = raw as Told;
  return {
    ...raw,
    ...(code === undefined ? {} : { code: texts.code ?? 'withheld' }),
    ...(message === undefined ? {} : { message: texts.message ?? withheld }),
    ...(hint === undefined ? {} : { hint: texts.hint ?? withheld }),
  };
}

interface Told {
  readonly kind?: unknown;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}
