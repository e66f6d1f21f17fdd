import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const TYPES = { A: 1, NS: 2, CNAME: 5, AAAA: 28, CAA: 257 } as const;

/** Records by name and type. A name without records exists; `SERVFAIL` and `silent` stand for every type. */
export type Zone = Readonly<
  Record<string, Partial<Record<keyof typeof TYPES, readonly string[]>> | 'SERVFAIL' | 'silent'>
>;

/** A name server of a test's own on loopback, by UDP. CAA records are written `0 issue letsencrypt.org`. */
export async function startNameServer(zone: Zone, at: { host?: string; port?: number } = {}) {
  const socket = createSocket('udp4').bind(at.port ?? 0, at.host ?? '127.0.0.1');
  await once(socket, 'listening');
  socket.on('message', (query, { address, port }) => {
    const reply = replyTo(query, zone);
    if (reply !== null) socket.send(reply, port, address);
  });
  const { address, port } = socket.address();
  return { address: `${address}:${port}`, port, close: () => socket.close() };
}

function replyTo(query: Buffer, zone: Zone): Buffer | null {
  const [labels, end] = labelsAt(query, 12);
  const type = query.readUInt16BE(end);
  const known = zone[labels.join('.').toLowerCase()];
  if (known === 'silent') return null;
  const kind = (Object.keys(TYPES) as (keyof typeof TYPES)[]).find((one) => TYPES[one] === type);
  const records = known === undefined || known === 'SERVFAIL' || kind === undefined ? [] : (known[kind] ?? []);
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (known === undefined ? 3 : known === 'SERVFAIL' ? 2 : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  const answers = records.map((record) => {
    const data = dataOf(kind ?? 'A', record);
    const start = Buffer.alloc(12);
    start.writeUInt16BE(0xc00c, 0);
    start.writeUInt16BE(type, 2);
    start.writeUInt16BE(1, 4);
    start.writeUInt32BE(60, 6);
    start.writeUInt16BE(data.length, 10);
    return Buffer.concat([start, data]);
  });
  return Buffer.concat([header, query.subarray(12, end + 4), ...answers]);
}

function labelsAt(query: Buffer, from: number): [string[], number] {
  const labels: string[] = [];
  let at = from;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return [labels, at + 1];
}

function dataOf(type: keyof typeof TYPES, text: string): Buffer {
  switch (type) {
    case 'A':
      return Buffer.from(text.split('.').map(Number));
    case 'AAAA': {
      const [head = '', tail = ''] = text.split('::');
      const [left, right] = [head, tail].map((part) => (part === '' ? [] : part.split(':')));
      const zeros = Array<string>(8 - (left?.length ?? 0) - (right?.length ?? 0)).fill('0');
      const groups = [...(left ?? []), ...zeros, ...(right ?? [])].map((one) => parseInt(one, 16));
      return Buffer.from(groups.flatMap((one) => [one >> 8, one & 255]));
    }
    case 'NS':
    case 'CNAME':
      return Buffer.concat([...text.split('.').map(counted), Buffer.from([0])]);
    case 'CAA': {
      const [, flags = '0', tag = '', value = ''] = /^(\d+) (\S+) (.*)$/.exec(text) ?? [];
      return Buffer.concat([Buffer.from([Number(flags)]), counted(tag), Buffer.from(value)]);
    }
  }
}

function counted(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
}
