/** A setting that a person is asked for when an account is set up. */
export interface AskedSetting {
  readonly name: string;
  readonly question: string;
  /** Where there are known values; any other can be typed. */
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
}

/**
 * The settings that decide whether an account works at all, by vendor; all others have a default that fits most accounts.
 * Hosts: https://apidocs.leadsquared.com/api-host/, 2026-10.
 */
export const askedSettings: Readonly<Record<string, readonly AskedSetting[]>> = {
  leadsquared: [
    {
      name: 'host',
      question: 'API host of your region (My Profile > Settings > API and Webhooks shows it)',
      choices: [
        { value: 'api.leadsquared.com', label: 'Singapore: api.leadsquared.com' },
        { value: 'api-us11.leadsquared.com', label: 'US: api-us11.leadsquared.com' },
        { value: 'api-in21.leadsquared.com', label: 'India (Mumbai): api-in21.leadsquared.com' },
        { value: 'api-in22.leadsquared.com', label: 'India (Hyderabad): api-in22.leadsquared.com' },
        { value: 'api-ir31.leadsquared.com', label: 'Ireland: api-ir31.leadsquared.com' },
        { value: 'api-ca12.leadsquared.com', label: 'Canada: api-ca12.leadsquared.com' },
      ],
    },
    {
      name: 'event-code',
      question:
        'Code of the opportunity type, such as 12000 (Settings > Opportunities > Opportunity Types); may be left empty',
    },
  ],
};
