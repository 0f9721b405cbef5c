import type { Call } from '../core/call.ts';
import { stringifyJson } from '../core/json.ts';
import type { Authorisation } from '../core/vendor.ts';
import { createPrintableCall } from './printable-call.ts';

/** Printable calls as JSON text on one line, for plans of a million rows: headers that calls share as one object are written once. */
export function createPrintableCallText(baseUrl: string, authorisation: Authorisation): (call: Call) => string {
  const printable = createPrintableCall(baseUrl, authorisation);
  const headerTexts = new WeakMap<Call['headers'], string>();
  return (call) => {
    const { method, url, headers, body } = printable(call);
    const head = `{"method":"${method}","url":${JSON.stringify(url)},"headers":`;
    // A call without a body has other headers than one with a body, though they may come from the same object.
    if (body === undefined) return `${head}${JSON.stringify(headers)}}`;
    let headerText = headerTexts.get(call.headers);
    if (headerText === undefined) {
      headerText = JSON.stringify(headers);
      headerTexts.set(call.headers, headerText);
    }
    return `${head}${headerText},"body":${stringifyJson(body)}}`;
  };
}
