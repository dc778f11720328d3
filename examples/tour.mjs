import { writeFileSync } from 'node:fs';
import { io } from 'socket.io-client';

const socket = io('http://127.0.0.1:8484', { transports: ['websocket'] });

const prompt = `
  open http://127.0.0.1:8900/shop/storm-lantern
  click "Add to cart" (ask first)
  extract the "Your cart" table as cart`;

socket.on('sessionStatus', (event) => {
  console.log(event.seq, event.status, event.message.split('\n')[0]);
  if (event.eventType === 'human_layer_request') approve(event.data.request);
  if (event.eventType === 'result') console.log(event.data.result.extracted.cart[0]);
  if (['completed', 'failed', 'cancelled'].includes(event.status)) socket.disconnect();
});

function approve({ id, action }) {
  console.log('May it', action.verb, action.target, 'on', action.origin, '? Yes.');
  socket.emit('takeScreenshot', (answer) => writeFileSync('asked.png', Buffer.from(answer.screenshot, 'base64')));
  socket.emit('approveHumanLayerRequest', id, (answer) => console.log('approved:', answer.success));
}

socket.emit('createSession', { prompt }, (answer) => {
  console.log(answer.success ? `created ${answer.sessionId}` : answer.error);
});
