// A burst of mixed commands, sent before the connection stands, is answered one by one in the order sent.

import { once, same, soon } from '../speaking.mjs';

const MIXED = [
  ['getHumanLayerRequests'],
  ['createSession', { sessionType: 'teapot' }],
  ['makeCoffee'],
  ['joinSession', 'session-id'],
  ['leaveSession'],
];

export default async function ({ open }) {
  const socket = open();
  const order = [];
  const answers = Array.from({ length: 100 }, (_, place) => {
    const call = MIXED[place % MIXED.length];
    return new Promise((done) => socket.emit(...call, (response) => done(order.push([place, response.code ?? 'ok']))));
  });
  await once(socket, 'connect');
  await soon(Promise.all(answers), 'every answer');

  const codes = ['ok', 'unknown_session_type', 'unknown_command', 'unknown_session', 'ok'];
  same(order, order.map((_, place) => [place, codes[place % codes.length]]), 'answers come in the order of the calls');
}
