/** `some-vendor` + `tenantId` → `SOME_VENDOR_TENANT_ID`; also for settings: `some-vendor` + `keys-in` → `SOME_VENDOR_KEYS_IN`. */
export function environmentName(vendorName: string, name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `${vendorName}_${words}`.replaceAll('-', '_').toUpperCase();
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable's value without blanks at its ends; undefined where it is not set or empty. */
export function environmentValue(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
