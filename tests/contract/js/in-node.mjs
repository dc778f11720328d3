// node in-node.mjs '{"url": …, "site": …, "options": …, "names": […]}': one line of JSON for each script.

import { Buffer } from 'node:buffer';
import { inflateSync } from 'node:zlib';

import { io } from 'socket.io-client';

import { run } from './running.mjs';

const SIGNATURE = '89504e470d0a1a0a';
const CHANNELS = { 2: 3, 6: 4 };

/** Decode a PNG as far as its rows, and give its size: every chunk is read and every byte of every row is there. */
async function pixels(base64) {
  const data = Buffer.from(base64, 'base64');
  if (data.subarray(0, 8).toString('hex') !== SIGNATURE) throw new Error('that is not a PNG');
  const parts = [];
  let header;
  for (let at = 8; at < data.length; at += 12 + data.readUInt32BE(at)) {
    const type = data.toString('latin1', at + 4, at + 8);
    const body = data.subarray(at + 8, at + 8 + data.readUInt32BE(at));
    if (type === 'IHDR') header = body;
    if (type === 'IDAT') parts.push(body);
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = inflateSync(Buffer.concat(parts)).length;
  if (rows !== height * (1 + width * CHANNELS[header[9]])) throw new Error('the PNG breaks off');
  return { width, height };
}

const given = JSON.parse(process.argv[2]);
await run({ ...given, io, pixels, report: (line) => console.log(JSON.stringify(line)) });
process.exit(0);
