import { describe, expect, it } from 'vitest';
import { runSecretCommand } from '../../src/profiles/run-secret-command.ts';
import { acme } from './sample-vendors.ts';

const of = { profileName: 'main', vendor: acme, vendors: [acme], env: { PATH: process.env['PATH'] } };

describe('a secret command', () => {
  it('gives credentials, read as text of UTF-8', async () => {
    const command = `printf '\\357\\273\\277 {"apiKey":"h\\303\\274sh"}\\n'`;
    expect(await runSecretCommand({ ...of, command })).toEqual({ apiKey: 'hüsh' });
  });

  it('reads nothing from stdin', async () => {
    const command = `read line || echo '{"apiKey":"nobody typed"}'`;
    expect(await runSecretCommand({ ...of, command })).toEqual({ apiKey: 'nobody typed' });
  });

  it('that does not end is ended, whatever it has printed', async () => {
    const command = `echo '{"apiKey":"hidden-key"}'; exec sleep 600`;
    const failure: unknown = await runSecretCommand({ ...of, command, timeoutMs: 200 }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      code: 'secret-command-failed',
      message: 'The secret command did not end within 0.2 s.',
      place: 'profile main',
      exitCode: 4,
    });
    expect(String((failure as Error).stack)).not.toContain('hidden-key');
  });

  it('that is ended by a signal says by which', async () => {
    await expect(runSecretCommand({ ...of, command: 'kill -TERM $$' })).rejects.toThrow('ended by SIGTERM');
  });
});
