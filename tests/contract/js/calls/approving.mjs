// A session that asks a person waits; getHumanLayerRequests lists the request, approveHumanLayerRequest lets it go on.

import { check, Ear, once, refusal, same, success } from '../speaking.mjs';

export default async function ({ open, site }) {
  const socket = open();
  await once(socket, 'connect');
  const ear = new Ear(socket);
  const quiet = await success(socket, 'getHumanLayerRequests');
  same(quiet.requests, [], 'nothing is asked yet');
  await refusal(socket, 'unknown_request', 'approveHumanLayerRequest', 'request-id');
  const prompt = `open ${site}/news then ask a person "Is this the right page?"`;
  const { sessionId } = await success(socket, 'createSession', { prompt });
  const asked = await ear.until((event) => event.eventType === 'human_layer_request', 'a question');

  same([asked.status, asked.data.request.status], ['waiting', 'pending'], 'the session waits for the answer');
  const { requests } = await success(socket, 'getHumanLayerRequests');
  same(requests.map((request) => request.id), [asked.data.request.id], 'the request is listed');
  check(JSON.stringify(requests[0]).includes('Is this the right page?'), 'it says what is asked', requests[0]);

  const approved = await success(socket, 'approveHumanLayerRequest', requests[0].id);

  same(approved.request.status, 'approved', 'the answer tells the decision');
  same((await ear.end(sessionId)).status, 'completed', 'the session went on');
  const again = await refusal(socket, 'already_decided', 'approveHumanLayerRequest', requests[0].id);
  same(again.details.request.status, 'approved', 'a second answer is told the first');
  same((await success(socket, 'getHumanLayerRequests')).requests, [], 'nothing is left to answer');
  ear.checkOrder(sessionId);
}
