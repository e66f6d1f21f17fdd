import type { Fields } from '../../authentik-stand-in/store/objects.js';

export type AuditEvent = {
  pk: string;
  user: Fields;
  action: string;
  app: string;
  context: Fields;
  client_ip: string;
  created: string;
  expires: string;
  brand: Fields;
};
export type Transport = { pk: string; name: string; mode: string; webhook_url: string; send_once: boolean };
export type Rule = {
  pk: string;
  name: string;
  transports: string[];
  severity: string;
  destination_group: string | null;
  destination_event_user: boolean;
};
