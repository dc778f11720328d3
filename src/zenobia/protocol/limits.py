"""The bounds of everything, each with its default; settings may change them, nothing may lack one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is allowed. Sizes are bytes, times are seconds."""

    payload: int = 1 << 20
    prompt: int = 100_000
    files_per_session: int = 100
    metadata: int = 16_384
    file: int = 1 << 30
    workspace_files: int = 100_000
    workspace_bytes: int = 100 << 30
    workspace_sessions: int | None = None
    sessions_running: int = 4
    sessions_queued: int = 1_000
    sessions_parked: int = 10_000
    events_per_session: int = 10_000
    clients: int = 1_000
    clients_per_key: int = 200
    strangers: int = 1_000
    body_grace: float = 20.0
    body_rate: int = 1_000
    commands_per_second: int = 50
    command_burst: int = 200
    streams: int = 1_000
    streams_per_client: int = 200
    command: float = 9.0
    screenshot: float = 5.0
    session: float = 3_600.0
    idle: float = 1_800.0
    steps: int = 500
    human: float = 3_600.0
    driver: float = 60.0
    lease: float = 10.0
    answers: float = 86_400.0
    retention: float | None = None
    pending_requests: int = 20
    push_subscriptions: int = 100
    push_after: float = 5.0
    requests_per_hour: int = 100
    pictures_per_session: int = 500
    json_depth: int = 64
    json_members: int = 10_000
