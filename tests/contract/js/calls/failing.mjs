// Whatever goes wrong, the callback is called with success false and an error that can be read.

import { check, once, refusal, same, success } from '../speaking.mjs';

export default async function ({ open }) {
  const socket = open();
  await once(socket, 'connect');

  await refusal(socket, 'unknown_command', 'makeCoffee');
  await refusal(socket, 'unknown_command', 'makeCoffee', { strong: true });
  await refusal(socket, 'invalid_payload', 'createSession', { prompt: 7 });
  await refusal(socket, 'invalid_payload', 'createSession', 'My session prompt', 'and another');
  await refusal(socket, 'invalid_payload', 'createSession', ['a list']);
  await refusal(socket, 'invalid_payload', 'createSession', { prompt: 'half a character: \ud83d' });
  await refusal(socket, 'invalid_payload', 'createSession', { prompt: 'p', files: [new Uint8Array([1, 2, 3])] });
  await refusal(socket, 'invalid_payload', 'joinSession');
  await refusal(socket, 'prompt_too_long', 'createSession', { prompt: 'x'.repeat(100_001) });
  const large = await refusal(socket, 'payload_too_large', 'createSession', { prompt: 'x'.repeat(2 << 20) });
  same(large.retryable, false, 'trying again does not help');
  await refusal(socket, 'payload_too_large', 'createSession', { prompt: new Uint8Array(2 << 20) });

  socket.emit('makeCoffee'); // nobody waits for an answer
  check(socket.connected, 'none of that ended the connection');
  await success(socket, 'getHumanLayerRequests');

  const elsewhere = open({ forceNew: true }).io.socket('/elsewhere').connect();
  same((await once(elsewhere, 'connect_error')).message, 'Invalid namespace', 'there is one namespace');
}
