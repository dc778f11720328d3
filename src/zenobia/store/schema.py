"""The tables, once: migrations create them, `tx` fills them. Times are Unix milliseconds, JSON is wire JSON as text."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.types import BigInteger

__all__ = [
    "answers",
    "audience",
    "audit",
    "audit_heads",
    "checkpoints",
    "errands",
    "events",
    "files",
    "holdings",
    "keys",
    "metadata",
    "pictures",
    "push_subscriptions",
    "requests",
    "secrets",
    "session_files",
    "sessions",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_Id = String().with_variant(String(collation="C"), "postgresql")  # ids sort by time wherever they are sorted by bytes
_Number = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER keys count up by themselves on SQLite

# What the indexes are limited to is said for SQLite only; the migrations say it for both. Naming PostgreSQL here
# would make every server load its dialect.
_OWNED = text("owner IS NOT NULL")
_ENDED = text("ended_at IS NOT NULL")

sessions = Table(
    "sessions",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("workspace", String, nullable=False),
    Column("type", String, nullable=False),
    Column("prompt", Text),
    Column("config", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", String),
    Column("error", Text),
    Column("result", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("last_seq", Integer, nullable=False),
    Column("url", Text),
    Column("title", Text),
    Column("usage", Text, nullable=False),
    Column("memo", Text),
    Column("heard_seq", Integer, nullable=False),
    Column("since", Integer, nullable=False, server_default=text("0")),
    Column("picture", String),
    Column("owner", String),
    Column("epoch", Integer, nullable=False),
    Column("lease_until", BigInteger),
    Column("ran", BigInteger, nullable=False, server_default=text("0")),
    Column("running_since", BigInteger),
    Column("parked", Boolean, nullable=False, server_default=false()),
    Column("control", Text),
    Index("ix_sessions_owner", "owner", sqlite_where=_OWNED),
    Index("ix_sessions_lease_until", "lease_until", sqlite_where=_OWNED),
    Index(
        "ix_sessions_claimable",
        "status",
        "number",
        sqlite_where=text("owner IS NULL AND ended_at IS NULL AND parked IS 0"),
    ),
    Index("ix_sessions_ended_at", "ended_at", sqlite_where=_ENDED),
    Index("ix_sessions_status_number", "status", "number"),
    Index("ix_sessions_workspace_number", "workspace", "number"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("session", String, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("type", String, nullable=False),
    Column("json", Text, nullable=False),
    PrimaryKeyConstraint("session", "seq"),
    sqlite_with_rowid=False,
)

requests = Table(
    "requests",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("session", String, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("workspace", String, nullable=False),
    Column("status", String, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("json", Text, nullable=False),
    Column("spent", Boolean, nullable=False, default=False),
    Column("called", Boolean, nullable=False, server_default=false()),
    Index("ix_requests_session_status", "session", "status"),
    Index("ix_requests_status_expires_at", "status", "expires_at"),
    sqlite_autoincrement=True,
)

files = Table(
    "files",
    metadata,
    Column("workspace", String, nullable=False),
    Column("id", _Id, nullable=False),
    Column("name", Text),
    Column("content_type", Text),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("blob", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace", "id"),
)

holdings = Table(
    "holdings",
    metadata,
    Column("workspace", String, primary_key=True),
    Column("files", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

session_files = Table(
    "session_files",
    metadata,
    Column("session", String, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("file", String, nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("origin", String, nullable=False),
    Column("json", Text, nullable=False),
    PrimaryKeyConstraint("session", "file"),
)

pictures = Table(
    "pictures",
    metadata,
    Column("id", String, primary_key=True),
    Column("session", String, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("blob", String, nullable=False),
    Column("mime_type", String, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("seq", Integer, nullable=False, server_default="0"),
    Column("of_step", Boolean, nullable=False, server_default=false()),
)

strays = Table(
    "strays",
    metadata,
    Column("blob", String, primary_key=True),
    Column("since", BigInteger, nullable=False, index=True),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("session", String, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("json", Text, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("seen", String),
)

answers = Table(
    "answers",
    metadata,
    Column("workspace", String, nullable=False),
    Column("command_id", String, nullable=False),
    Column("command", String, nullable=False),
    Column("session", String, index=True),
    Column("json", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    PrimaryKeyConstraint("workspace", "command_id"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("workspace", String, nullable=False),
    Column("scopes", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("subject", String),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("state", String, primary_key=True),
    Column("ticket", String, nullable=False),
    Column("nonce", String, nullable=False),
    Column("verifier", String, nullable=False),
    Column("address", String, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("workspace", String, nullable=False),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("origins", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace", "name"),
)

audit = Table(
    "audit",
    metadata,
    Column("workspace", String, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("json", Text, nullable=False),
    Column("hash", String, nullable=False),
    PrimaryKeyConstraint("workspace", "number"),
)

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("workspace", String, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("hash", String, nullable=False),
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("workspace", String, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("p256dh", String, nullable=False),
    Column("auth", String, nullable=False),
    Column("key", String),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace", "endpoint"),
)

audience = Table(
    "audience",
    metadata,
    Column("workspace", String, primary_key=True),
    Column("client", String, nullable=False),
)

errands = Table(
    "errands",
    metadata,
    Column("id", String, primary_key=True),
    Column("session", String, nullable=False),
    Column("server", String, nullable=False, index=True),
    Column("ask", Text, nullable=False),
    Column("answer", Text),
    Column("data", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
)
