// createSession with a file's metadata: the answer names the session, and keeps the file as it was described.

import { check, fileId, once, same, success } from '../speaking.mjs';

export default async function ({ open }) {
  const socket = open();
  await once(socket, 'connect');
  const file = { fileId: fileId('file'), fileName: 'document.pdf', contentType: 'application/pdf', size: 1024 };

  const response = await success(socket, 'createSession', { prompt: 'My session prompt', files: [file] });

  check(typeof response.sessionId === 'string' && response.sessionId !== '', 'it names the session', response);
  same(response.session.id, response.sessionId, 'the session is that session');
  same(response.status, response.session.status, 'its status is told twice the same');
  same(response.session.prompt, 'My session prompt', 'the prompt is kept');
  same(response.fileIds, [file.fileId], 'the ids of its files are told');
  const [kept] = response.files;
  for (const [key, value] of Object.entries(file)) same(kept[key], value, `the file's ${key} is kept`);
  same(kept.available, false, 'its bytes have not come yet');
}
