"""Security tests 14 and 15: no request of any kind, and no name that changes its mind, leads behind the wall."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.security.walls.conftest import SITE, blocked, failures, is_blocked, town

MANY = """<title>Many ways</title>
<link rel="prefetch" href="CANARY/prefetch"><link rel="preload" as="image" href="CANARY/preload">
<link rel="dns-prefetch" href="CANARY"><link rel="preconnect" href="CANARY">
<link rel="prerender" href="CANARY/prerender">
<link rel="stylesheet" href="CANARY/style"><link rel="icon" href="CANARY/icon">
<link rel="manifest" href="CANARY/manifest">
<script type="speculationrules">{"prefetch": [{"urls": ["CANARY/rules"]}],
  "prerender": [{"urls": ["CANARY/pre"]}]}</script>
<body><iframe src="CANARY/frame"></iframe><iframe src="/elsewhere?to=CANARY/redirect"></iframe>
<iframe srcdoc="<meta http-equiv=refresh content='0;url=CANARY/meta'>"></iframe>
<iframe srcdoc="<script>location = 'CANARY/script'</script>"></iframe>
<object data="CANARY/object"></object><embed src="CANARY/embed"><video src="CANARY/video"></video>
<img src="/elsewhere?to=CANARY/image"><script src="CANARY/js"></script>
<a id="ping" href="#here" ping="CANARY/ping">p</a>
<script>
const within = (work, ms) => Promise.race([work, new Promise(done => setTimeout(done, ms))]).catch(() => {});
const host = new URL('CANARY').host, [name, port] = host.split(':');
const said = worker => new Promise(done => { worker.onmessage = worker.onerror = done; });
const tries = [
  fetch('CANARY/fetch'), fetch('CANARY/no-cors', {mode: 'no-cors'}), fetch('/elsewhere?to=CANARY/fetched'),
  fetch('CANARY/keepalive', {keepalive: true, mode: 'no-cors', method: 'POST', body: 'x'}),
  new Promise(done => { const s = new WebSocket(`ws://${host}/socket`); s.onerror = s.onopen = done; }),
  new Promise(done => { const s = new EventSource('CANARY/events'); s.onerror = s.onopen = done; }),
  said(new Worker('/scripts/worker')),
  said(new Worker(URL.createObjectURL(new Blob(["fetch('CANARY/blob').catch(() => {}).then(() => postMessage(1))"])))),
  said(new SharedWorker('/scripts/shared').port),
  navigator.serviceWorker ? navigator.serviceWorker.register('/scripts/service', {scope: '/scripts/'}).then(
    () => new Promise(done => setTimeout(done, 1500))) : Promise.reject(),
  new Promise(done => {
    const peer = new RTCPeerConnection({iceServers: [{urls: `stun:${host}`},
      {urls: [`turn:${host}?transport=udp`, `turn:${host}?transport=tcp`], username: 'x', credential: 'x'}]});
    peer.createDataChannel('x');
    peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done();
    peer.createOffer().then(offer => peer.setLocalDescription(offer));
    const candidate = `candidate:1 1 udp 2113937151 ${name} ${port} typ host`;
    peer.addIceCandidate({candidate, sdpMid: '0'}).catch(() => {});
  }),
  window.WebTransport ? new WebTransport(`https://${host}/transport`).ready : Promise.reject(),
];
navigator.sendBeacon('CANARY/beacon', 'x');
document.getElementById('ping').click();
window.open('CANARY/window');
Promise.all(tries.map(one => within(one, 4000))).then(
  () => document.body.insertAdjacentHTML('beforeend', '<p>All ways were tried</p>'));
</script></body>"""
AT_WORK = "const go = () => fetch('CANARY/worker').catch(() => {});"
SCRIPTS = {
    "worker": AT_WORK + "importScripts; go().then(() => postMessage(1));",
    "shared": AT_WORK + "onconnect = event => go().then(() => event.ports[0].postMessage(1));",
    "service": AT_WORK + "oninstall = event => event.waitUntil(go());",
}


@pytest.mark.timeout(90)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "inside.example"])
async def test_no_kind_of_request_reaches_a_canary(tmp_path: Path, host: str) -> None:
    async def resolve(name: str) -> Iterable[str]:
        return ["127.0.0.1"] if name in {"inside.example", "localhost"} else []

    async with town(tmp_path, resolve=resolve) as here:
        where = f"http://{host}:{here.canary.port}"
        here.site.pages["/many"] = MANY.replace("CANARY", where)
        here.site.scripts = {name: script.replace("CANARY", where) for name, script in SCRIPTS.items()}
        ended, events = await here.ran(
            f'open {here.site.url}/many then switch to tab "1" then wait for "All ways were tried"'
        )

        assert ended["status"] == "completed", ended
        assert host in blocked(events)
        assert here.canary.heard == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("way", ["/elsewhere?to=", "/meta", "/script"])
async def test_a_page_that_leads_elsewhere_is_followed_no_further(tmp_path: Path, way: str) -> None:
    async with town(tmp_path) as here:
        where = f"http://127.0.0.1:{here.canary.port}/"
        here.site.pages["/meta"] = f'<meta http-equiv="refresh" content="0;url={where}">'
        here.site.pages["/script"] = f"<script>location = '{where}'</script>"
        path = f"{way}{where}" if "=" in way else way
        session = await here.api.create(f'open {here.site.url}{path} then ask a person "Shall I go on?"')
        told = await here.api.until(session, is_blocked)

        assert told["data"]["details"] == {"host": "127.0.0.1"}
        assert "on the machine that the server runs on" in told["message"]
        if way == "/elsewhere?to=":
            await here.api.ended(session)
            assert failures(await here.api.events(session)) == ["blocked_url"]
        assert here.canary.heard == []


@pytest.mark.timeout(60)
async def test_a_name_that_first_leads_outside_and_then_inside_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.operators.wall.RESOLVED_FOR", 0.0)
    answers: list[str] = []

    async def resolve(_: str) -> Iterable[str]:
        answers.append(SITE if len(answers) < 2 else "127.0.0.1")
        return [answers[-1]]

    async with town(tmp_path, resolve=resolve) as here:
        same = f"http://rebound.example:{here.site.port}"
        other = f"http://rebound.example:{here.canary.port}"
        here.site.pages["/first"] = f"""<title>First</title><body><script>
          fetch('{other}/x', {{mode: 'no-cors'}}).catch(() => {{}}).then(
            () => document.body.insertAdjacentHTML('beforeend', '<p>It was tried</p>'));</script>"""
        ended, events = await here.ran(f'open {same}/first then wait for "It was tried"')

        assert ended["status"] == "completed", ended
        assert answers[:3] == [SITE, SITE, "127.0.0.1"], "the check, the page, and then the attempt"
        assert "rebound.example" in blocked(events)
        assert here.canary.heard == []
