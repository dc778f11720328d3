// takeScreenshot gives a picture as base64 of a PNG, live and then of the session's end; without a session it is refused.

import { Ear, once, refusal, same, success } from '../speaking.mjs';

export default async function ({ open, site, pixels }) {
  const socket = open();
  await once(socket, 'connect');
  const ear = new Ear(socket);
  await refusal(socket, 'no_current_session', 'takeScreenshot');
  const { sessionId } = await success(socket, 'createSession', { sessionType: 'manual', prompt: `open ${site}/news` });
  await ear.until((event) => event.eventType === 'action' && event.data.phase === 'done', 'the page');

  const response = await success(socket, 'takeScreenshot');

  same(await pixels(response.screenshot), { width: response.width, height: response.height }, 'it is a whole PNG');
  same([response.mimeType, response.live, response.url], ['image/png', true, `${site}/news`], 'it says what it shows');

  const binary = await success(socket, 'takeScreenshot', { encoding: 'binary', format: 'jpeg', quality: 60 });
  const bytes = new Uint8Array(binary.screenshot.buffer ?? binary.screenshot, binary.screenshot.byteOffset ?? 0);
  same([bytes[0], bytes[1], binary.mimeType], [0xff, 0xd8, 'image/jpeg'], 'binary comes as bytes of a JPEG');

  await success(socket, 'sendMessage', { message: 'done' });
  await ear.end(sessionId);
  const last = await success(socket, 'takeScreenshot');
  same(await pixels(last.screenshot), { width: last.width, height: last.height }, 'the last picture is a whole PNG');
  same(last.live, false, 'an ended session shows its last picture');
}
