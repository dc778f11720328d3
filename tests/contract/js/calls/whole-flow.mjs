// The recommended sequence, with the document's own search: create on connect, join on the answer, follow, look, end.

import { check, once, same, soon } from '../speaking.mjs';

export default async function ({ open, pixels }) {
  const socket = open();
  const seen = [];
  let finished;
  const end = new Promise((done) => {
    finished = done;
  });
  const joined = new Promise((done) => {
    socket.on('connect', () => {
      socket.on('sessionStatus', (data) => {
        seen.push(data);
        if (['completed', 'failed', 'cancelled'].includes(data.status)) finished(data);
      });
      socket.emit('createSession', { prompt: 'Perform a search for recent news' }, (response) => {
        check(response.success, 'the session is created', response);
        socket.emit('joinSession', response.sessionId, (joinResponse) => done({ response, joinResponse }));
      });
    });
  });

  const { response, joinResponse } = await soon(joined, 'the joining');
  same([joinResponse.success, joinResponse.session.id], [true, response.sessionId], 'the session is joined');
  const last = await soon(end, 'the end of the search');
  same([last.status, last.data.reason], ['completed', 'done'], 'the search is done');
  same(seen.map((event) => event.seq), seen.map((_, place) => place + 1), 'nothing is lost, nothing comes twice');
  const result = seen.find((event) => event.eventType === 'result').data.result;
  check(result.results.length > 0 && result.results[0].title, 'the search found news', result);

  const picture = await soon(new Promise((done) => socket.emit('takeScreenshot', done)), 'the picture');
  check(picture.success, 'a picture is taken', picture);
  same(await pixels(picture.screenshot), { width: picture.width, height: picture.height }, 'it can be shown');
  const left = await soon(new Promise((done) => socket.emit('leaveSession', done)), 'the leaving');
  check(left.success, 'the session is left', left);
  const gone = once(socket, 'disconnect');
  socket.disconnect();
  await gone;
}
