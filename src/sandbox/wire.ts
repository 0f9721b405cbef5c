import type { SandboxRequest } from './vendor-server.ts';

type Body<T> = { readonly value: T } | { readonly problem: string };

/** The JSON body, or what is wrong with it. */
export function jsonBodyOf(request: SandboxRequest): Body<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json(\s*;|$)/.test(type)) return { problem: `content-type is ${type === '' ? 'missing' : type}` };
  if (request.headers['content-length'] === undefined) return { problem: 'there is no content-length' };
  try {
    return { value: JSON.parse(request.body) };
  } catch {
    return { problem: 'the body is not JSON' };
  }
}

/** The object that the JSON body is, or what is wrong with it. */
export function objectBodyOf(request: SandboxRequest): Body<Record<string, unknown>> {
  const body = jsonBodyOf(request);
  if ('problem' in body) return body;
  return isObject(body.value) ? { value: body.value } : { problem: 'the body is not an object' };
}

/** The members of the JSON body; none where it is not an object. */
export function bodyMembers(request: SandboxRequest): Record<string, unknown> {
  const body = objectBodyOf(request);
  return 'value' in body ? body.value : {};
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The last part of a path like `/opportunity/ID/`, decoded, where the path has this form. */
export function idIn(path: string, form: RegExp): string | undefined {
  const part = form.exec(path)?.[1];
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
