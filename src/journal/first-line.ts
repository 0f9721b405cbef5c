import { open } from 'node:fs/promises';

/** The first line of a file, or what there is of it, up to a length that no header exceeds. The empty text where the file can't be read. */
export async function firstLineOf(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return '';
  try {
    const bytes = Buffer.alloc(1 << 20);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.toString('utf8', 0, bytesRead).split('\n', 1)[0] ?? '';
  } finally {
    await file.close();
  }
}
