const tasks: (() => unknown)[] = [];

/** Does the task when the tests of the file are done, the last one first. Helpers whose modules several files share can't use `afterAll` for it. */
export function afterFile(task: () => unknown): void {
  tasks.push(task);
}

export async function cleanUp(): Promise<void> {
  for (const task of tasks.splice(0).toReversed()) await task();
}
