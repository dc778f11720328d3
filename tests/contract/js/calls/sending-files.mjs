// sendFileAttachments by ids and with metadata; bytes may come before or after, over REST.

import { Ear, fileId, once, refusal, same, success } from '../speaking.mjs';

const put = (url, id, text) =>
  fetch(`${url}/api/files/${id}`, { method: 'PUT', headers: { 'Content-Type': 'text/plain' }, body: text });

export default async function ({ open, url }) {
  const socket = open();
  await once(socket, 'connect');
  const ear = new Ear(socket);
  const [before, after, described] = [fileId('before'), fileId('after'), fileId('described')];
  await refusal(socket, 'no_current_session', 'sendFileAttachments', { fileIds: [before] });
  await success(socket, 'createSession', {});
  same((await put(url, before, 'early')).status, 200, 'bytes may come first');

  const ids = await success(socket, 'sendFileAttachments', { fileIds: [before, after] });
  same(ids.files.map((file) => [file.fileId, file.available]), [[before, true], [after, false]], 'both are listed');

  const metadata = { fileId: described, fileName: 'document.pdf', contentType: 'application/pdf', size: 1024 };
  const whole = await success(socket, 'sendFileAttachments', { fileIds: [metadata] });
  const kept = whole.files.find((file) => file.fileId === described);
  for (const [key, value] of Object.entries(metadata)) same(kept[key], value, `the file's ${key} is kept`);

  same((await put(url, after, 'late')).status, 200, 'bytes may come later');
  const arrived = (file) => file.fileId === after && file.available;
  await ear.until((event) => event.eventType === 'files' && event.data.files.some(arrived), 'the late bytes');
  same(await (await fetch(`${url}/api/files/${after}`)).text(), 'late', 'they are there');
  await refusal(socket, 'invalid_payload', 'sendFileAttachments', {});
  await success(socket, 'cancelSession');
}
