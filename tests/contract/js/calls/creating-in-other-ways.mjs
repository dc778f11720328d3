// Every field of createSession is optional, files may be ids alone, and both ways may be mixed with unknown keys kept.

import { check, Ear, fileId, once, refusal, same, success } from '../speaking.mjs';

export default async function ({ open }) {
  const socket = open();
  await once(socket, 'connect');
  const ear = new Ear(socket);

  const bare = await success(socket, 'createSession', {});
  await ear.until((event) => event.sessionId === bare.sessionId && event.status === 'waiting', 'a wait for a prompt');
  await success(socket, 'cancelSession');

  const none = await success(socket, 'createSession');
  same(none.session.prompt, null, 'not even a payload is needed');
  await success(socket, 'cancelSession');

  const [first, second] = [fileId('first'), fileId('second')];
  const mixed = await success(socket, 'createSession', {
    sessionType: 'manual',
    fileIds: [first],
    files: [{ fileId: second, fileName: 'a.csv', contentType: 'text/csv', size: 3, shelf: { row: 4 } }],
  });
  same([...mixed.fileIds].sort(), [first, second].sort(), 'both files are listed');
  same(mixed.session.type, 'manual', 'the type is the one asked for');
  const described = mixed.files.find((file) => file.fileId === second);
  check(JSON.stringify(described).includes('{"row":4}'), 'what only the client knows is kept', described);
  await success(socket, 'cancelSession');

  await refusal(socket, 'unknown_session_type', 'createSession', { sessionType: 'teapot' });
}
