import type { PlacedJson } from '../../core/placed-json.ts';
import { checkCredentials, checkSignIn } from './agreement-account.ts';
import { checkBatch, checkPaths, checkTemplates, checkWrites } from './agreement-calls.ts';
import { offsetOf, type Agreement } from './agreement-context.ts';
import { checkFields } from './agreement-fields.ts';
import { checkList } from './agreement-list.ts';
import { checkReplies } from './agreement-replies.ts';
import type { VendorForm } from './form.ts';
import type { Report } from './shape.ts';

/** What several parts of a vendor file have to agree on: names that are used are declared, and what belongs together is there. */
export function disagreements(form: VendorForm, root: PlacedJson, report: Report): void {
  const at: Agreement['at'] = (...path) => offsetOf(root, path);
  const agreement: Agreement = { form, at, report };
  checkTemplates(agreement, root);
  checkWrites(agreement);
  checkPaths(agreement);
  checkCredentials(agreement);
  checkSignIn(agreement);
  checkFields(agreement);
  checkReplies(agreement);
  checkBatch(agreement);
  checkList(agreement);
}
