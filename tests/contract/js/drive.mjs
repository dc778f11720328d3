// node drive.mjs '{"url": …, "sessionId": …, "requestId": …}': watches a session, says when it has a picture, then takes
// over and does what it is told on standard input, a JSON list of inputs a line; the end of that hands the browser back.

import { createInterface } from 'node:readline';

import { io } from 'socket.io-client';

const given = JSON.parse(process.argv[2]);
const socket = io(given.url, { transports: ['websocket'] });
const tell = (line) => console.log(JSON.stringify(line));
const ask = async (name, payload) => {
  const answer = await socket.timeout(15_000).emitWithAck(name, payload);
  if (!answer.success) throw new Error(`${name}: ${answer.code} ${answer.error}`);
  return answer;
};

let frames = 0;
socket.on('liveFrame', (frame, shown) => {
  frames += 1;
  const { window, number, mimeType, sessionId } = frame;
  if (frames === 1) {
    const jpeg = Buffer.isBuffer(frame.picture) && frame.picture.subarray(0, 2).toString('hex') === 'ffd8';
    tell({ first: { jpeg, window, number, mimeType, sessionId } });
  }
  shown();
});
await new Promise((done) => socket.once('connect', done));
const { sessionId, requestId } = given;
await ask('startLiveView', { sessionId });
const { controlId } = await ask('takeControl', { sessionId, requestId });
tell({ driving: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { window } = await ask('sendInput', { sessionId, controlId, inputs: JSON.parse(line) });
  tell({ done: window });
}
await ask('releaseControl', { sessionId, controlId });
tell({ frames });
socket.disconnect();
