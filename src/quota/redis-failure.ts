import { OppatchError } from '../core/errors.ts';
import { redisPlace, type RedisAddress } from './redis-address.ts';

/** A step was not taken, or it is not known whether it was. `passing`: the same may go well in a moment. `why` holds no secret. */
export class RedisFailure extends Error {
  readonly why: string;
  readonly kind: 'passing' | 'lasting' | 'credentials';

  constructor(why: string, kind: 'passing' | 'lasting' | 'credentials') {
    super(why);
    this.name = 'RedisFailure';
    this.why = why;
    this.kind = kind;
  }
}

/** For people. */
export function explained({ why, kind }: RedisFailure, address: RedisAddress): OppatchError {
  const place = redisPlace(address);
  if (kind === 'credentials') {
    const message = `The quota store at ${place} does not let this user in: ${why}.`;
    return new OppatchError('quota-store-refused', message, {
      hint: 'Put the right user and password into the address, as in redis://user:password@host:port. The user needs the commands eval and evalsha, those that the scripts call, and the keys oppatch:*.',
      place,
      exitCode: 4,
    });
  }
  if (kind === 'lasting') {
    return new OppatchError('quota-store-refused', `The quota store at ${place} can't be used: ${why}.`, {
      hint: 'It must be a Redis server, version 5 or later, under redis:// or, where it speaks TLS, under rediss://. An authority of your own is named to Node with NODE_EXTRA_CA_CERTS.',
      place,
    });
  }
  const message = `The quota store at ${place} can't be reached: ${why}. Nothing is sent without it.`;
  const tlsHint = address.tls
    ? 'speaks TLS (without it, the address begins with redis://)'
    : 'needs no TLS (with it, the address begins with rediss://)';
  return new OppatchError('quota-store-unreachable', message, {
    hint: `Check that the Redis server runs and ${tlsHint}: redis-cli -h ${address.host} -p ${address.port}${address.tls ? ' --tls' : ''} ping. Then run the command again, or resume the run.`,
    place,
    exitCode: 6,
  });
}
