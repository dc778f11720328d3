// Connecting gives the socket an id; the transport is the one asked for, and polling moves up to a websocket.

import { check, once, soon } from '../speaking.mjs';

export default async function ({ open, polling }) {
  const socket = open();
  await once(socket, 'connect');

  check(typeof socket.id === 'string' && socket.id.length > 0, 'a connected socket has an id', socket.id);
  check(socket.connected, 'it says that it is connected');
  const engine = socket.io.engine;
  if (polling && engine.transport.name === 'polling') {
    await soon(new Promise((done) => engine.once('upgrade', done)), 'the upgrade');
  }
  check(engine.transport.name === 'websocket', 'it speaks over a websocket', engine.transport.name);

  const gone = once(socket, 'disconnect');
  socket.disconnect();
  check((await gone) === 'io client disconnect', 'leaving is told as leaving');
}
