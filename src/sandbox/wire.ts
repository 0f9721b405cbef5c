import type { SandboxRequest } from './vendor-server.ts';

/** The JSON body, or what is wrong with it. */
export function jsonBodyOf(request: SandboxRequest): { readonly value: unknown } | { readonly problem: string } {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json(\s*;|$)/.test(type)) return { problem: `content-type is ${type === '' ? 'missing' : type}` };
  if (request.headers['content-length'] === undefined) return { problem: 'there is no content-length' };
  try {
    return { value: JSON.parse(request.body) };
  } catch {
    return { problem: 'the body is not JSON' };
  }
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
