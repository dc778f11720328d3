"""Every setting, once: its name, its default, one line of meaning.

A flag of the command line wins over the environment (`ZENOBIA_` and the name in capitals), which wins over a TOML
file (`zenobia.toml` in the working directory, or the one that `ZENOBIA_CONFIG` names).
"""

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from zenobia.agents.browser.choice import ModelChoice
from zenobia.agents.policy.rules import NOTHING_WRITTEN, Policy, read_policy
from zenobia.operators.confinement import OWN_USER, Confinement, confinement
from zenobia.protocol.access import is_loopback
from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.limits import Limits
from zenobia.settings import kinds
from zenobia.settings.sign_in import Oidc, oidc

CONFIG = "ZENOBIA_CONFIG"
POLICY = Path("policy.toml")
DAY = 86_400
"""Seconds."""


class NotPrivate(ZenobiaError):
    """Zenobia does not listen on {host} without an API key that callers must show: make one with
    `zenobia keys create NAME`, or use 127.0.0.1 or ::1, which only this machine can reach."""

    code = "needs_api_key"


DECADE = 315_360_000
"""Seconds: longer than anything here is ever waited for, and short enough to be a date."""

WEB_SEARCH = "https://html.duckduckgo.com/html/?q={query}"


class Settings(BaseSettings):
    """What can be set."""

    model_config = SettingsConfigDict(
        env_prefix="ZENOBIA_", env_ignore_empty=True, extra="forbid", enable_decoding=False, hide_input_in_errors=True
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on; any but a loopback one needs API keys.")
    allowed_hosts: kinds.Names = Field(
        default=[],
        description="More names by which this server may be called, in the Host header (comma-separated). On a "
        "loopback address these are 127.0.0.1, localhost and ::1; elsewhere any, unless some are given.",
    )
    allowed_origins: kinds.Origins = Field(
        default=["*"], description="Origins whose web pages may speak with this server (comma-separated); * is all."
    )
    trusted_proxies: kinds.Networks = Field(
        default=[],
        description="Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed "
        "(comma-separated).",
    )
    public_url: kinds.Https = Field(
        default=None, description="Address at which people reach this server, such as https://zenobia.example."
    )
    oidc_issuer: kinds.Https = Field(
        default=None,
        description="OpenID provider at which people sign in to the console, by the name that it gives itself. Then "
        "everybody needs a key, and public_url, oidc_client_id and oidc_grants must be set.",
    )
    oidc_client_id: str | None = Field(default=None, description="What that provider knows this server as.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="The secret that goes with it, if any.")
    oidc_groups: str = Field(default="groups", description="The claim of the ID token that lists a person's groups.")
    oidc_grants: kinds.Grants = Field(
        default={},
        description="What people may do, by group, in the order in which groups are looked for: a `workspace` and "
        "`scopes`; the group * is everybody. As JSON where it is no TOML.",
    )
    oidc_hours: float = Field(default=8, gt=0, le=24 * 365, description="Hours for which a sign-in is good.")
    port: int = Field(default=8484, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    data_dir: Path = Field(
        default=Path("zenobia-data"), description="Directory for the database and files; one server each."
    )
    database: kinds.Database = Field(
        default=None,
        description="PostgreSQL database that several servers may share, as postgresql://user:password@host/name; "
        "by default a file in the data directory.",
    )
    blobs: kinds.Place = Field(
        default=None,
        description="Where files and pictures are kept, which several servers must share: a folder, or an object store "
        "as s3://bucket/prefix, gs://… or az://… with its credentials in the environment; by default a folder in the "
        "data directory.",
    )
    chromium: str | None = Field(
        default=None, description="The browser to run; by default the system's Chromium is found."
    )
    browser_cdp: kinds.Browsers = Field(
        default=None,
        description="Remote browsers to use instead of starting some: their CDP addresses, http(s):// or ws(s)://, "
        "separated by commas.",
    )
    demo_site: kinds.Http = Field(
        default=None,
        description="Address of the demonstration site, for the console's demonstrations; `zenobia tour` sets it.",
    )
    browser_sandbox: bool = Field(
        default=True,
        description="Whether browsers run in Chromium's sandbox. Where it cannot be had none is started, unless "
        "this is off.",
    )
    browser_user: int = Field(
        default=OWN_USER,
        gt=0,
        description="The number of the user that browsers run as when the server is root; no other process should.",
    )
    search_url: kinds.SearchUrl = Field(
        default=None,
        description="Address of the search page that playbooks use, with {query} where the words go; by default that "
        "of the demonstration site, if there is one, else DuckDuckGo's.",
    )
    default_agent: str | None = Field(
        default=None,
        description="The agent of a session that names none; by default browser if a model is set, else playbook.",
    )
    model: str | None = Field(
        default=None,
        description="The language model of the browser agent, as provider:name, such as anthropic:NAME, openai:NAME "
        "or google:NAME. Its key is in the provider's own environment variable.",
    )
    model_base_url: kinds.Http = Field(
        default=None, description="Address of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1."
    )
    model_api_key: SecretStr | None = Field(default=None, description="Key for the server at model_base_url.")
    fallback_model: str | None = Field(default=None, description="The model that is asked when the first cannot.")
    model_timeout: float = Field(
        default=300, gt=0, description="Seconds that one decision of a model may take, with all tries."
    )
    secrets_key: kinds.SecretsKey = Field(
        default=None,
        description="Key that secrets are encrypted with, 32 bytes as Base64; the same for all servers on a database. "
        "By default a file in the data directory, made when it is first needed.",
    )
    policy: Path | None = Field(
        default=None,
        description="TOML file that says what agents may do, must ask about, and may not do; by default policy.toml "
        "in the working directory, if it is there.",
    )
    mcp_servers: kinds.ToolServers = Field(
        default={},
        description="MCP servers whose tools the browser agent may call, by name: `command` with `args` and `env`, or "
        "`url` with `headers`; `env` and `headers` name environment variables that hold the values. As JSON where it "
        "is no TOML.",
    )
    mcp_timeout: float = Field(default=60, gt=0, le=900, description="Seconds that a call of an MCP tool may take.")
    max_tokens: int | None = Field(default=None, ge=1, description="Tokens that a session may spend.")
    max_cost: float | None = Field(default=None, gt=0, description="US dollars that a session may spend on models.")
    human_timeout: float = Field(
        default=3_600, gt=0, le=DECADE, description="Seconds before a request to a person expires, unless one drives."
    )
    driver_timeout: float = Field(
        default=60,
        gt=0,
        le=DECADE,
        description="Seconds without a word from whoever drives a browser before it is handed back.",
    )
    worker: bool = Field(
        default=True, description="Whether this server runs sessions itself; if not, others on its database must."
    )
    lease: float = Field(
        default=10, gt=0, le=60, description="Seconds a server may be silent before another takes its sessions over."
    )
    max_sessions: int = Field(
        default=4, ge=1, le=1_000, description="Browser slots: sessions that run at the same time."
    )
    max_queued: int = Field(default=1_000, ge=0, description="Sessions that may wait for a slot.")
    max_parked: int = Field(
        default=10_000, ge=0, description="Idle sessions that may stand without a browser; a further one keeps its own."
    )
    warm_browsers: int = Field(
        default=2, ge=0, le=100, description="Browser contexts kept ready so that sessions start fast."
    )
    max_page_memory: int = Field(
        default=2 << 30,
        ge=64 << 20,
        description="Bytes of memory that the process of a page may hold; then it is ended.",
    )
    allow_networks: kinds.Networks = Field(
        default=[],
        description="Networks beyond the public internet that browsers may reach, such as 127.0.0.0/8 or 10.1.2.0/24 "
        "(comma-separated); never this server's own port.",
    )
    max_payload: int = Field(default=1 << 20, ge=1_024, description="Bytes of one command.")
    max_prompt: int = Field(default=100_000, ge=1, description="Characters of a prompt or message.")
    max_files: int = Field(default=100, ge=0, description="Files of one session.")
    max_file_size: int = Field(default=1 << 30, ge=0, description="Bytes of one file.")
    max_workspace_sessions: int | None = Field(
        default=None, ge=1, description="Sessions of one workspace in progress; by default as many as the server takes."
    )
    max_workspace_files: int = Field(default=100_000, ge=0, description="Files that one workspace may hold.")
    max_workspace_bytes: int = Field(default=100 << 30, ge=0, description="Bytes of all files of one workspace.")
    max_events: int = Field(default=10_000, ge=200, description="Events of one session.")
    max_clients_per_key: int = Field(default=200, ge=1, description="Clients connected with one API key.")
    max_clients: int = Field(default=1_000, ge=1, description="Clients connected to one workspace.")
    max_commands_per_second: int = Field(default=50, ge=1, description="Commands a second from one client, on average.")
    max_strangers: int = Field(
        default=1_000, ge=1, description="Socket.IO connections that have not said yet that they are a client."
    )
    body_grace: float = Field(
        default=20,
        gt=0,
        description="Seconds that the body of a request may come as slowly as it likes; then at least 1,000 bytes must "
        "have come for every further second.",
    )
    max_streams: int = Field(default=1_000, ge=1, description="Streams of events open over HTTP.")
    max_streams_per_client: int = Field(
        default=200, ge=1, description="Streams of events open over HTTP to one address."
    )
    max_requests_per_hour: int = Field(
        default=100, ge=1, description="Times within an hour that a session may ask people; then it is paused."
    )
    max_pictures: int = Field(
        default=500,
        ge=0,
        description="Small pictures kept of a session's steps, to replay it, beside those asked for; 0 keeps none.",
    )
    max_steps: int = Field(default=500, ge=1, description="Actions of one session.")
    action_timeout: float = Field(default=15, gt=0, le=300, description="Seconds an action may take.")
    screenshot_timeout: float = Field(default=5, gt=0, le=9, description="Seconds a screenshot may take.")
    session_timeout: float = Field(
        default=3_600, gt=0, le=DECADE, description="Seconds a session may run, not counting when it waits."
    )
    idle_timeout: float = Field(
        default=1_800,
        gt=0,
        le=DECADE,
        description="Seconds a session may be paused or wait for a message before it gives its browser back.",
    )
    push_after: float = Field(
        default=5,
        ge=0,
        le=DECADE,
        description="Seconds that a request may wait, with no console in sight, before browsers that asked for it are "
        "called by push.",
    )
    push_contact: kinds.Email = Field(
        default="zenobia@example.com",
        description="E-mail address at which push services may reach whoever runs this server; some insist on one.",
    )
    retention: float | None = Field(
        default=None,
        gt=0,
        le=36_500,
        description="Days after its end that a session is kept, with its events and pictures; by default for ever.",
    )
    log_level: kinds.Level = Field(default="warning", description="How much to log: debug, info, warning or error.")
    log_format: kinds.Format = Field(
        default="text", description="How serve and worker write their log: text, or json with the ids of sessions."
    )
    otlp_endpoint: kinds.Receiver = Field(
        default=None,
        description="Where to send OpenTelemetry traces over HTTP, as http://127.0.0.1:4318; needs zenobia[traces].",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then the environment, then the file."""
        file = Path(os.environ.get(CONFIG) or "zenobia.toml")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)

    @property
    def agent(self) -> str:
        """The agent of a session that names none."""
        return self.default_agent or ("playbook" if self.model is None else "browser")

    @property
    def oidc(self) -> Oidc | None:
        """How people sign in, if they do.

        Raises:
            SignInNotSet: something that this needs is not set.
        """
        if self.oidc_issuer is None:
            return None
        secret = None if self.oidc_client_secret is None else self.oidc_client_secret.get_secret_value()
        known = (self.oidc_issuer, self.oidc_client_id, secret, self.public_url)
        return oidc(*known, self.oidc_grants, self.oidc_groups, self.oidc_hours * 3_600)

    @property
    def rules(self) -> Policy:
        """The policy that is written down, or an empty one.

        Raises:
            UnreadablePolicy: it cannot be read.
        """
        if self.policy is not None:
            return read_policy(self.policy)
        return read_policy(POLICY) if POLICY.exists() else NOTHING_WRITTEN

    @property
    def choice(self) -> ModelChoice:
        """The language model, as agents know it."""
        key = None if self.model_api_key is None else self.model_api_key.get_secret_value()
        return ModelChoice(self.model, self.fallback_model, self.model_base_url, key, self.model_timeout)

    @property
    def key_for_secrets(self) -> str | None:
        """The key that secrets are encrypted with, if it is set."""
        return None if self.secrets_key is None else self.secrets_key.get_secret_value()

    @property
    def limits(self) -> Limits:
        """The bounds, as the rooms below know them."""
        return Limits(
            payload=self.max_payload,
            prompt=self.max_prompt,
            files_per_session=self.max_files,
            file=self.max_file_size,
            workspace_files=self.max_workspace_files,
            workspace_bytes=self.max_workspace_bytes,
            workspace_sessions=self.max_workspace_sessions,
            sessions_running=self.max_sessions,
            sessions_queued=self.max_queued,
            sessions_parked=self.max_parked,
            events_per_session=self.max_events,
            clients=self.max_clients,
            clients_per_key=self.max_clients_per_key,
            strangers=self.max_strangers,
            body_grace=self.body_grace,
            commands_per_second=self.max_commands_per_second,
            command_burst=4 * self.max_commands_per_second,
            streams=self.max_streams,
            streams_per_client=self.max_streams_per_client,
            screenshot=self.screenshot_timeout,
            session=self.session_timeout,
            idle=self.idle_timeout,
            steps=self.max_steps,
            requests_per_hour=self.max_requests_per_hour,
            pictures_per_session=self.max_pictures,
            human=self.human_timeout,
            push_after=self.push_after,
            driver=self.driver_timeout,
            lease=self.lease,
            retention=None if self.retention is None else self.retention * DAY,
        )

    @property
    def confinement(self) -> Confinement:
        """How browsers are held."""
        return confinement(sandbox=self.browser_sandbox, user=self.browser_user)

    @property
    def remote_browsers(self) -> tuple[str, ...]:
        """The CDP addresses of the browsers to use; none if they are to be started here."""
        return kinds.addresses(self.browser_cdp)

    @property
    def hosts(self) -> frozenset[str] | None:
        """The names by which the server may be called, besides those of this machine for itself; None for any."""
        named = frozenset(host.lower() for host in self.allowed_hosts)
        return named if named or self.private else None

    @property
    def search_page(self) -> str:
        """The address to search at, with {query} where the words go."""
        if self.search_url is not None:
            return self.search_url
        return WEB_SEARCH if self.demo_site is None else f"{self.demo_site.rstrip('/')}/search?q={{query}}"

    @property
    def origins(self) -> frozenset[str] | None:
        """The origins whose pages may speak with the server; None for all."""
        return None if "*" in self.allowed_origins else frozenset(self.allowed_origins)

    @property
    def private(self) -> bool:
        """Whether nobody but this machine can reach the server."""
        return is_loopback(self.host)
