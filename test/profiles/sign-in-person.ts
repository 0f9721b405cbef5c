/** A person with a browser: follows redirects, keeps cookies, fills in forms. */
export interface Person {
  /** Opens the page of a device sign-in, types the code, and allows or declines it. Resolves with the last page. */
  readonly enterCode: (url: string, userCode: string, allow?: boolean) => Promise<string>;
  /** Opens the address of a browser sign-in and allows it; resolves with the redirect to the listener, not yet followed. */
  readonly signIn: (url: string) => Promise<string>;
  /** As `signIn`, and declines. */
  readonly decline: (url: string) => Promise<string>;
}

interface Page {
  readonly url: string;
  readonly text: string;
}

export function newPerson(): Person {
  const cookies = new Map<string, string>();

  /** Follows redirects on the server of the first address; stops in front of one that leads elsewhere. */
  async function visit(address: string, form?: Record<string, string>): Promise<Page> {
    let url = new URL(address);
    const { origin } = url;
    let body = form === undefined ? undefined : new URLSearchParams(form);
    for (;;) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        redirect: 'manual',
        headers: { cookie },
        ...(body === undefined ? {} : { body }),
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(name, value);
      }
      const text = await response.text();
      const to = response.headers.get('location');
      if (to === null) return { url: url.href, text };
      url = new URL(to, url);
      body = undefined;
      if (url.origin !== origin) return { url: url.href, text: '' };
    }
  }

  function submit({ url, text }: Page, typed: Record<string, string>): Promise<Page> {
    const action = /<form[^>]*\baction="([^"]+)"/.exec(text)?.[1];
    if (action === undefined) throw new Error(`There is no form on ${url}: ${text}`);
    const hidden = [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    return visit(new URL(action, url).href, {
      ...Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value])),
      ...typed,
    });
  }

  async function logIn(page: Page): Promise<Page> {
    let here = page;
    while (here.text.includes('name="prompt"')) {
      here = await submit(here, here.text.includes('name="password"') ? { login: 'ada', password: 'x' } : {});
    }
    return here;
  }

  return {
    enterCode: async (url, userCode, allow = true) => {
      const confirm = await submit(await visit(url), { user_code: userCode });
      const { text } = allow ? await logIn(await submit(confirm, {})) : await submit(confirm, { abort: 'yes' });
      return text;
    },
    signIn: async (url) => (await logIn(await visit(url))).url,
    decline: async (url) => {
      const page = await visit(url);
      const abort = /href="([^"]+\/abort)"/.exec(page.text)?.[1];
      if (abort === undefined) throw new Error(`Nothing can be declined on ${page.url}: ${page.text}`);
      return (await visit(new URL(abort, page.url).href)).url;
    },
  };
}
