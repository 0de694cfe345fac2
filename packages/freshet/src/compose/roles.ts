/** Freshet's services. */
export const ROLES = ['ingest', 'trainer', 'serving'] as const;
export type Role = (typeof ROLES)[number];
