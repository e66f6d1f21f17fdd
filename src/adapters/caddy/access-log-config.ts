/** Name of Caddy's logger for requests to Hecate's server. */
export const ACCESS_LOGGER = 'http.log.access.hecate';

const removed = { filter: 'delete' };

/**
 * Logs of Caddy that Hecate writes, by name. No line has headers, cookies or query strings, because they contain codes, tokens
 * and keys. Caddy encodes each request once for every log that takes any entry of its HTTP server, even when it drops the
 * entry, so only one does: `hecate_access` has what the server reports besides the requests.
 */
export function logsConfig(accessLog: string) {
  return { default: { exclude: ['http'] }, hecate_access: accessLogConfig(accessLog) };
}

/**
 * Caddy's configuration of the access log: JSON, mode 0600, 6 files of 100 MB; its fields are in `domain/caddy/log-fields.ts`.
 * Errors that Caddy answers with are a field of the request, so its separate log of them is left out.
 */
function accessLogConfig(filename: string) {
  return {
    writer: { output: 'file', filename, mode: '0600', roll_size_mb: 100, roll_keep: 5 },
    encoder: {
      format: 'filter',
      wrap: { format: 'json', level_key: '', name_key: '' },
      fields: { request: removed, headers: removed, resp_headers: removed },
    },
    include: ['http', ACCESS_LOGGER],
    exclude: ['http.log'],
  };
}
