import type { Call, Reply, Verdict } from '../core/call.ts';
import { crashPoint } from '../core/crash-point.ts';
import { excerpt } from '../core/printable.ts';
import type { JobState, JobWrites, Service } from '../core/vendor.ts';
import type { BatchEnd, BatchItem } from './batch-sender.ts';
import type { CallDispatcher } from './call-dispatcher.ts';
import { endOf } from './send-call.ts';

export interface JobParts extends JobWrites, Pick<Service, 'canonicalId'> {
  /** Whether this session makes jobs. Those of earlier sessions are followed up in any case. */
  readonly makes: boolean;
}

/** How a job ended for one of its edits. */
export type JobEnd =
  | BatchEnd
  /** Nothing was sent: it is to go with other calls. */
  | { readonly kind: 'without-job'; readonly attempts: number };

/** What became of a job that was closed. */
type Worked =
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'ended';
      /** By the one spelling of the id. */
      readonly verdicts: ReadonlyMap<string, Verdict>;
      /** Of what is not there; absent: nobody knows. */
      readonly others?: Verdict;
      readonly aborted?: true;
    };

type Sent =
  | { readonly kind: 'done'; readonly reply: Reply }
  | { readonly kind: 'stopped' }
  /** Certainly not done. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Nobody knows whether it was done. */
  | { readonly kind: 'unclear'; readonly message: string };

/** Milliseconds between questions how far a job is: at first, and at most. */
const firstWaitMs = 500;
const longestWaitMs = 20_000;

/**
 * Sends edits in jobs and follows jobs to their end. The order is what makes a second job for the same edits impossible: the job's id is durable before
 * anything follows it, the intents of its rows and their job are durable before it is closed, and a row that a closed job carries is judged by this job's results
 * alone. A job that is not closed does nothing, so that one whose reply was lost, or that an earlier session left open, is given up without harm.
 */
export class JobSender {
  readonly #jobs: JobParts;
  readonly #dispatcher: CallDispatcher;
  readonly #followed = new Map<string, Promise<Worked>>();
  #makes: boolean;
  #following = 0;

  constructor(jobs: JobParts, dispatcher: CallDispatcher) {
    this.#jobs = jobs;
    this.#dispatcher = dispatcher;
    this.#makes = jobs.makes;
  }

  /** Whether the edit may go in a job that is made now. */
  takes(edit: BatchItem['edit']): boolean {
    return this.#makes && this.#jobs.fits(edit);
  }

  /** True while a job of an earlier session is followed up. */
  get follows(): boolean {
    return this.#following > 0;
  }

  /** One end for each item, in their order. Rejects only when the journal can't be written or on a defect. */
  async send(items: readonly BatchItem[]): Promise<readonly JobEnd[]> {
    if (!this.#makes || items.length < this.#jobs.fewest) return items.map(withoutJob);
    const content = this.#jobs.content(items.map(({ edit }) => edit));
    if (items.length > 1 && Buffer.byteLength(content) > this.#jobs.mostBytes) {
      const half = Math.ceil(items.length / 2);
      const first = await this.send(items.slice(0, half));
      return [...first, ...(await this.send(items.slice(half)))];
    }
    const filled = await this.#fill(content);
    if (filled === 'stopped') return items.map((): JobEnd => ({ kind: 'stopped', attempts: 0 }));
    if (filled === 'refused') return items.map(withoutJob);
    const { job } = filled;
    const worked = await this.#close(job, items);
    const ends = items.map((item) => this.#endOf(job, worked, item.edit.id));
    const { journal } = this.#dispatcher.parts;
    const notDone = items.filter((_item, index) => ends[index]?.kind === 'later');
    await Promise.all(notDone.map(({ row }) => journal.notApplied(row, 0)));
    if (worked.kind === 'ended' && worked.aborted === true)
      this.#dispatcher.stop.request({
        code: 'job-aborted',
        message: `someone aborted the job ${excerpt(job, 40)} at the vendor`,
        exitCode: 6,
        hint: 'Find out why before you resume the run.',
      });
    return ends;
  }

  /** How the job of an earlier session ended for the opportunity; the job is asked once for all of them. */
  async follow(job: string, id: string): Promise<JobEnd> {
    let following = this.#followed.get(job);
    if (following === undefined) {
      this.#following += 1;
      following = this.#work(job, []).finally(() => {
        this.#following -= 1;
      });
      this.#followed.set(job, following);
    }
    return { ...this.#endOf(job, await following, id), attempts: 0 };
  }

  /** Gives up jobs that earlier sessions opened and did not close. */
  async giveUpOpen(jobs: readonly string[]): Promise<void> {
    for (const job of jobs) await this.#giveUp(job);
  }

  /** A job with its content, open; a new one for each try, so that no content can be in one twice. */
  async #fill(content: string): Promise<{ readonly job: string } | 'stopped' | 'refused'> {
    const { journal, retry } = this.#dispatcher.parts;
    for (let failures = 1; ; failures += 1) {
      crashPoint('job-begins');
      const created = await this.#send(this.#jobs.create);
      if (created.kind === 'stopped') return 'stopped';
      const job = created.kind === 'done' ? this.#jobs.created(created.reply) : undefined;
      let failure = created.kind === 'done' ? { kind: 'refused', message: 'no job was named' } : created;
      if (job !== undefined) {
        await journal.jobOpened(job);
        crashPoint('job-created');
        const uploaded = await this.#send(this.#jobs.upload(job, content));
        crashPoint('job-uploaded');
        if (uploaded.kind === 'done') return { job };
        if (uploaded.kind === 'stopped') return 'stopped';
        failure = uploaded;
        await this.#giveUp(job);
      }
      if (failure.kind === 'refused' || failures >= retry.attempts) {
        this.#refuse(failure.message);
        return 'refused';
      }
    }
  }

  /** Closes the job, and sees it to its end. */
  async #close(job: string, items: readonly BatchItem[]): Promise<Worked> {
    const { journal } = this.#dispatcher.parts;
    const carrier = items[0]?.row;
    await Promise.all(items.map(({ row }) => journal.intent(row, 0, row === carrier ? undefined : carrier)));
    await journal.jobClosing(
      job,
      items.map(({ row }) => row),
    );
    crashPoint('job-closing');
    const sent = await this.#send(this.#jobs.close(job));
    crashPoint('job-closed');
    // Whatever the reply says, the job tells whether it is closed.
    return sent.kind === 'stopped' ? sent : this.#work(job, items);
  }

  /**
   * Asks until the job has ended, then what became of its edits. One that turns out to be open is closed. `items`: all that it carries; none where they are
   * not known.
   */
  async #work(job: string, items: readonly BatchItem[]): Promise<Worked> {
    let closings = 0;
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      const state = await this.#state(job);
      if (state === undefined) return { kind: 'stopped' };
      if (state.kind === 'gone') return { kind: 'ended', verdicts: new Map() };
      if (state.kind === 'ended') {
        this.#tell(job, items.length, items.length);
        // What made it fail would make the next one fail, too.
        if (state.failed !== undefined) this.#refuse(state.failed);
        const results = await this.#results(job, items);
        return results.kind === 'ended' && state.aborted === true ? { ...results, aborted: true } : results;
      }
      if (state.kind === 'working') this.#tell(job, state.done, Math.max(items.length, state.done + 1));
      else {
        const closed = await this.#send(this.#jobs.close(job));
        closings += 1;
        if (closed.kind === 'refused') return this.#notClosed(job, closed.message);
        if (closings >= this.#dispatcher.parts.retry.attempts) return this.#unreachable(job);
      }
      crashPoint('job-working');
      await this.#dispatcher.parts.wait(waitMs, this.#dispatcher.stop.sending);
    }
  }

  /** A job that stands open, and that the vendor does not let be closed, has done nothing. */
  async #notClosed(job: string, message: string): Promise<Worked> {
    await this.#giveUp(job);
    this.#refuse(message);
    return { kind: 'ended', verdicts: new Map(), others: { kind: 'again', code: 'job-not-closed', message } };
  }

  /** Undefined where the run stops. A job that can't be asked stops it: its rows are left to a later session. */
  async #state(job: string): Promise<JobState | undefined> {
    const call = this.#jobs.state(job);
    for (let failures = 1; ; failures += 1) {
      const exchange = await this.#dispatcher.readSettled(call);
      if (exchange.kind === 'stopped') return undefined;
      const state = exchange.kind === 'reply' ? this.#jobs.readState(exchange.reply, job) : undefined;
      if (state !== undefined) return state;
      if (failures >= this.#dispatcher.parts.retry.attempts) {
        this.#unreachable(job);
        return undefined;
      }
      await this.#dispatcher.parts.wait(longestWaitMs, this.#dispatcher.stop.sending);
      if (this.#dispatcher.stop.sending.aborted) return undefined;
    }
  }

  #unreachable(job: string): Worked {
    this.#dispatcher.stop.request({
      code: 'unreachable',
      message: `The vendor does not say how far its job ${excerpt(job, 40)} is`,
      exitCode: 6,
      hint: 'The job goes on there. `oppatch resume` asks for its results.',
    });
    return { kind: 'stopped' };
  }

  async #results(job: string, items: readonly BatchItem[]): Promise<Worked> {
    const verdicts = new Map<string, Verdict>();
    const asked = new Set(items.map(({ edit }) => this.#canonical(edit.id)));
    const odd = new Set<string>();
    for (const call of this.#jobs.results(job)) {
      const exchange = await this.#dispatcher.readSettled(call);
      if (exchange.kind === 'stopped') return { kind: 'stopped' };
      const results = exchange.kind === 'reply' ? this.#jobs.readResults(exchange.reply, call) : undefined;
      if (results === undefined) this.#odd(job, 'a part of its results cannot be read; its rows are read instead');
      for (const { id, verdict } of results ?? []) {
        const key = this.#canonical(id);
        if (asked.size > 0 && !asked.has(key)) odd.add(id);
        else verdicts.set(key, verdicts.has(key) ? { kind: 'unnamed' } : verdict);
      }
      crashPoint('job-results');
      if (asked.size > 0 && verdicts.size === asked.size && !this.#contradicts(verdicts)) break;
    }
    if (odd.size > 0)
      this.#odd(job, `its results name ${odd.size} that were not in it: ${excerpt([...odd].join(', '), 100)}`);
    return { kind: 'ended', verdicts };
  }

  /** Whether a row was told twice, so that the other results are worth reading for more of them. */
  #contradicts(verdicts: ReadonlyMap<string, Verdict>): boolean {
    for (const { kind } of verdicts.values()) if (kind === 'unnamed') return true;
    return false;
  }

  #endOf(job: string, worked: Worked, id: string): JobEnd {
    if (worked.kind === 'stopped') return { kind: 'stopped', attempts: 1 };
    const { verdicts, others = { kind: 'unnamed' }, aborted } = worked;
    const verdict = verdicts.get(this.#canonical(id)) ?? others;
    if (verdict.kind === 'unnamed') return { kind: 'unclear', attempts: 1 };
    if (verdict.kind === 'again') {
      if (aborted !== true) return { ...verdict, kind: 'later', attempts: 1 };
      const message = 'Someone aborted the job at the vendor before it came to this row.';
      return { kind: 'failed', code: 'job-aborted', message, requestId: job, attempts: 1 };
    }
    return { ...endOf(verdict, false), requestId: job, attempts: 1 };
  }

  /** Sends a call of a job until it is done, refused, or may have been done without saying so. */
  async #send(call: Call): Promise<Sent> {
    const { retry } = this.#dispatcher.parts;
    let failures = 0;
    for (let attempt = 1; ; attempt += 1) {
      if (this.#dispatcher.stop.sending.aborted) return { kind: 'stopped' };
      const exchange = await this.#dispatcher.write(call, attempt, nothing);
      if (exchange.kind === 'stopped') return exchange;
      const { answer } = exchange;
      if (answer.kind === 'refused-whole') return { kind: 'refused', message: answer.message };
      if (answer.kind === 'settled') {
        const verdict = answer.verdicts[0] ?? { kind: 'unnamed' };
        if (verdict.kind === 'applied' && exchange.kind === 'reply') return { kind: 'done', reply: exchange.reply };
        return 'message' in verdict
          ? { kind: 'refused', message: verdict.message }
          : { kind: 'unclear', message: 'the reply is not understood' };
      }
      // What else an answer means is for the whole account, and the dispatcher has seen to it.
      if (answer.kind !== 'transient') continue;
      failures += 1;
      if (this.#dispatcher.leavesOpen(exchange)) return { kind: 'stopped' };
      if (failures < retry.attempts) await this.#dispatcher.backOff(call, attempt, failures, answer);
      if (answer.mayHaveApplied) return { kind: 'unclear', message: answer.message };
      if (failures >= retry.attempts) return { kind: 'refused', message: answer.message };
    }
  }

  /** Whether it succeeds is of no matter: a job that is not closed does nothing. */
  async #giveUp(job: string): Promise<void> {
    const sent = await this.#send(this.#jobs.abort(job));
    if (sent.kind !== 'stopped') await this.#dispatcher.parts.journal.jobDropped(job);
  }

  #refuse(message: string): void {
    if (!this.#makes) return;
    this.#makes = false;
    this.#dispatcher.parts.onEvent({ kind: 'notice', notice: 'no-jobs', message });
  }

  #tell(job: string, done: number, rows: number): void {
    this.#dispatcher.parts.onEvent({ kind: 'job', job, done, rows });
  }

  #odd(job: string, what: string): void {
    this.#dispatcher.parts.onEvent({
      kind: 'notice',
      notice: 'odd-results',
      message: `Job ${excerpt(job, 40)}: ${what}.`,
    });
  }

  #canonical(id: string): string {
    return this.#jobs.canonicalId?.(id) ?? id;
  }
}

async function nothing(): Promise<void> {
  // A call of a job says nothing of a row.
}

function withoutJob(_item: BatchItem): JobEnd {
  return { kind: 'without-job', attempts: 0 };
}
