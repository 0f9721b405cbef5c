import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Of the environment, what an opener and a browser need. Credentials may stand in the rest. */
const passed =
  /^(PATH|PATHEXT|HOME|USER|LOGNAME|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMFILES.*|SYSTEMROOT|WINDIR|COMSPEC|TEMP|TMP|TMPDIR|LANG|LC_.*|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_.*|DBUS_SESSION_BUS_ADDRESS|BROWSER|DESKTOP_SESSION|WSL_.*|WSLENV)$/i;

/** The platform's program that opens a web address, or undefined where there is no screen. */
function openerOf(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  // No shell reads the address, unlike with `start`.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  const hasScreen = (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== '';
  return hasScreen ? ['xdg-open'] : undefined;
}

/**
 * Opens an http or https address in the person's browser. False where no opener could be started; whether a window came up can't be known. The
 * opener gets the address and nothing secret: not even the environment as a whole.
 */
export async function openInBrowser(
  url: string,
  { platform, env }: { readonly platform: NodeJS.Platform; readonly env: NodeJS.ProcessEnv },
): Promise<boolean> {
  const opener = openerOf(platform, env);
  if (opener === undefined || !/^https?:/.test(url)) return false;
  const [program, ...words] = opener;
  const child = spawn(program, [...words, url], {
    stdio: 'ignore',
    detached: true,
    env: Object.fromEntries(Object.entries(env).filter(([name]) => passed.test(name))),
  });
  try {
    await once(child, 'spawn');
    // An opener that fails later changes nothing: the address has been shown.
    child.on('error', () => undefined);
    child.unref();
    return true;
  } catch {
    return false;
  }
}
