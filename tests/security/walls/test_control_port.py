"""Security test 11: a page in the agent's own browser attacks the server that commands it."""

from pathlib import Path
from typing import Any

import pytest

from tests.security.walls.conftest import HOLE, Town, blocked, town
from zenobia.server.edge import Edge

ATTACK = """<title>Attack</title><body><script>
const within = (work, ms) => Promise.race([work, new Promise(done => setTimeout(done, ms))]).catch(() => {});
const places = PLACES;
const approve = '/api/human-layer/requests/REQUEST/approve?attack';
const tries = [];
for (const place of places) {
  const at = `http://${place}`;
  const make = JSON.stringify({prompt: 'attack'});
  tries.push(within(fetch(`${at}/api/sessions?attack`, {method: 'POST', mode: 'no-cors', body: make}), 3000));
  tries.push(within(fetch(`${at}/api/sessions?attack`, {method: 'POST', body: make,
    headers: {'Content-Type': 'application/json'}}), 3000));
  tries.push(within(fetch(`${at}${approve}`, {method: 'POST', mode: 'no-cors'}), 3000));
  tries.push(within(new Promise(done => {
    const socket = new WebSocket(`ws://${place}/socket.io/?EIO=4&transport=websocket&attack`);
    socket.onopen = () => socket.send('40');
    socket.onerror = socket.onclose = done;
  }), 3000));
  tries.push(within(new Promise(done => {
    const image = new Image();
    image.onload = image.onerror = done;
    image.src = `${at}/api/health?attack`;
  }), 3000));
  const frame = document.createElement('iframe');
  frame.name = `to-${tries.length}`;
  document.body.append(frame);
  tries.push(within(new Promise(done => {
    const form = document.createElement('form');
    Object.assign(form, {method: 'POST', action: `${at}${approve}`, target: frame.name});
    document.body.append(form);
    frame.onload = () => setTimeout(done, 300);
    form.submit();
  }), 3000));
  navigator.sendBeacon(`${at}${approve}`, 'x');
}
Promise.all(tries).then(() => { document.body.insertAdjacentHTML('beforeend', '<p>The attack is over</p>'); });
</script></body>"""


class Watched(Edge):
    """The server's front, which notes what comes in."""

    seen: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Note it, and go on as usual."""
        self.seen.append(f"{scope.get('path')}?{scope.get('query_string', b'').decode()}")
        await super().__call__(scope, receive, send)


async def attacked(here: Town, names: list[str]) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """What became of a pending approval and of the session whose page attacks it."""
    victim = await here.api.create(f'open {here.site.url}/ then ask a person "May it?"')
    request = await here.api.asked(victim)
    hosts = ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", *names]
    places = [f"{host}:{here.port}" for host in hosts]
    page = ATTACK.replace("PLACES", str(places)).replace("REQUEST", request["id"])
    here.site.pages["/attack"] = page
    ended, events = await here.ran(f'open {here.site.url}/attack then wait for "The attack is over"')
    [pending] = (await here.api.ok("GET", "/api/human-layer/requests"))["requests"]
    return pending, ended, events


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    "holes", [(HOLE,), ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
)
async def test_a_page_that_attacks_the_control_port_in_six_ways_gets_nowhere(
    tmp_path: Path, names: list[str], monkeypatch: pytest.MonkeyPatch, holes: tuple[str, ...]
) -> None:
    Watched.seen = []
    monkeypatch.setattr("zenobia.app.Edge", Watched)
    async with town(tmp_path, holes=holes) as here:
        pending, ended, events = await attacked(here, names)
        sessions = (await here.api.ok("GET", "/api/sessions"))["sessions"]
        answers = await here.api.http.get("/api/health?attack")

    assert ended["status"] == "completed", "the attack was carried out to its end"
    assert answers.status_code == 200
    assert [one for one in Watched.seen if "attack" in one] == ["/api/health?attack"], "ours, which shows that we see"
    assert pending["status"] == "pending"
    assert len(sessions) == 2
    assert {"127.0.0.1", "localhost", "::1"} <= blocked(events)
