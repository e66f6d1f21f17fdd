/** Name of Caddy's logger for requests to Hecate's server. */
export const ACCESS_LOGGER = 'http.log.access.hecate';
/** Name of the log with what Caddy's HTTP server reports. */
const SERVER_LOG = 'hecate_http';
/** Name of the log with the requests. */
const ACCESS_LOG = 'hecate_access';

const removed = { filter: 'delete' };

/**
 * Logs of Caddy that Hecate writes, by name. No line has headers, cookies or query strings, because they contain codes, tokens
 * and keys. Caddy encodes a request once for each log that takes any entry of its HTTP server, even when it drops the entry:
 * so `default` takes none of them, and the others leave the request out, which costs nothing.
 */
export function logsConfig(accessLog: string) {
  return {
    default: { exclude: ['http'] },
    [SERVER_LOG]: {
      encoder: { format: 'filter', fields: { request: removed, headers: removed, resp_headers: removed } },
      include: ['http'],
      exclude: ['http.log.access'],
    },
    [ACCESS_LOG]: accessLogConfig(accessLog),
  };
}

/** Caddy's configuration of the access log: JSON, mode 0600, 6 files of 100 MB; its fields are in `domain/caddy/log-fields.ts`. */
function accessLogConfig(filename: string) {
  return {
    writer: { output: 'file', filename, mode: '0600', roll_size_mb: 100, roll_keep: 5 },
    encoder: {
      format: 'filter',
      wrap: { format: 'json', level_key: '', name_key: '', message_key: '' },
      fields: { request: removed, resp_headers: removed, bytes_read: removed, user_id: removed },
    },
    include: [ACCESS_LOGGER],
  };
}
