// leaveSession succeeds with a session and without; the session goes on, untold.

import { Ear, once, same, success } from '../speaking.mjs';

export default async function ({ open, site, url }) {
  const socket = open();
  await once(socket, 'connect');
  const ear = new Ear(socket);

  await success(socket, 'leaveSession');

  const { sessionId } = await success(socket, 'createSession', {});
  await ear.until((event) => event.status === 'waiting', 'a wait for a prompt');
  await success(socket, 'leaveSession');
  const told = ear.events.length;

  const body = JSON.stringify({ message: `open ${site}/news` });
  const headers = { 'Content-Type': 'application/json' };
  const sent = await fetch(`${url}/api/sessions/${sessionId}/messages`, { method: 'POST', headers, body });
  same(sent.status, 200, 'the session takes a message');
  const stream = await fetch(`${url}/api/sessions/${sessionId}/events`, { headers: { Accept: 'text/event-stream' } });
  const lived = await stream.text(); // ends with the session
  same(lived.includes('"status":"completed"'), true, 'it went on to its end');
  same(ear.events.length, told, 'who left is not told');
}
