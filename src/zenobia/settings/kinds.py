"""The kinds of values that settings have: how each may be written, and what it must be."""

import ipaddress
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, StringConstraints
from pydantic_core import PydanticCustomError, from_json

from zenobia.operators.elsewhere import SERVER, ToolServer
from zenobia.protocol.access import is_loopback
from zenobia.protocol.secrets import KEY_BYTES, key_bytes
from zenobia.protocol.signing import Grant


def addresses(value: SecretStr | None) -> tuple[str, ...]:
    """A secret, as an address can hold a token; so it is kept in one piece and taken apart where it is used."""
    return () if value is None else tuple(_listed(value.get_secret_value()))


def _listed(value: Any) -> Any:
    """A list may be written with commas, as an environment variable has no other way."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _networks(value: list[str]) -> list[str]:
    return [str(ipaddress.ip_network(one, strict=False)) for one in value]


def _database(value: SecretStr | None) -> SecretStr | None:
    if value is None:
        return value
    if not value.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("must begin with postgresql://")
    from sqlalchemy import make_url  # takes a while to import, and few need it
    from sqlalchemy.exc import ArgumentError

    try:
        make_url(value.get_secret_value())
    except (ValueError, ArgumentError):  # its own words may hold a part of the password
        problem = "must be postgresql://user:password@host:port/name, with %-codes for @ : / in the password"
        raise ValueError(problem) from None
    return value


def _secrets_key(value: SecretStr | None) -> SecretStr | None:
    try:
        key = b"" if value is None else key_bytes(value.get_secret_value())
    except ValueError:
        key = b""
    if value is not None and len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes as Base64, as `openssl rand -base64 {KEY_BYTES}` makes them")
    return value


def _place(value: str | None) -> str | None:
    """Not a place for secrets: settings are shown."""
    url = urlsplit(value or "")
    if url.scheme and url.netloc and ("@" in url.netloc or url.query or url.fragment):
        raise PydanticCustomError("secret", "must be a bucket and a prefix: credentials come from the environment")
    return value


def _browsers(value: SecretStr | None) -> SecretStr | None:
    for address in addresses(value):
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.hostname:
            raise ValueError("must be addresses that begin with http://, https://, ws:// or wss://")
    return value


def _http(value: str | None) -> str | None:
    """Not a place for secrets: settings are shown, and so is what a browser opens."""
    parts = urlsplit(value or "http://localhost")
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise PydanticCustomError("secret", "must begin with http:// or https:// and hold no credentials")
    return value


def _search_url(value: str | None) -> str | None:
    if value is not None and "{query}" not in value:
        raise ValueError("must hold {query} where the words go")
    return value


def _origin(value: str) -> str:
    """As browsers write it in their Origin header (RFC 6454, section 6.2), or nobody would ever have it."""
    parts = urlsplit(value)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    if value != "*" and (not parts.scheme or not parts.hostname or value.lower().rstrip("/") != origin):
        raise ValueError("must be origins, such as https://app.example, or *")
    return value if value == "*" else origin


def _email(value: str) -> str:
    address = value.removeprefix("mailto:")
    name, _, host = address.rpartition("@")
    if not (name and host) or set(address) & set(" ,;<>"):
        raise ValueError("must be an e-mail address")
    return address


def _level(value: str) -> str:
    if value.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError("must be debug, info, warning or error")
    return value.lower()


def _receiver(value: str | None) -> str | None:
    """Not a place for secrets, as settings are shown: those go into OTEL_EXPORTER_OTLP_HEADERS."""
    url = urlsplit(value or "http://")
    if url.scheme not in {"http", "https"} or "@" in url.netloc or url.query:
        raise PydanticCustomError("secret", "must begin with http:// or https:// and hold no credentials")
    return value


def _written(value: Any) -> Any:
    """A table may be written as JSON, as an environment variable and a flag have no other way."""
    return from_json(value) if isinstance(value, str) else value


def _https(value: str | None) -> str | None:
    """An address that a code or a key goes to: over TLS, unless it stays on this machine."""
    parts = urlsplit(value or "https://localhost")
    plain = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not parts.hostname or not (parts.scheme == "https" or plain) or "@" in parts.netloc or parts.query:
        raise PydanticCustomError(
            "secret", "must begin with https:// (http:// for this machine) and hold no credentials"
        )
    return value


def _format(value: str) -> str:
    if value.lower() not in {"text", "json"}:
        raise ValueError("must be text or json")
    return value.lower()


Names = Annotated[list[str], BeforeValidator(_listed)]
Networks = Annotated[list[str], AfterValidator(_networks), BeforeValidator(_listed)]
Database = Annotated[SecretStr | None, AfterValidator(_database)]
SecretsKey = Annotated[SecretStr | None, AfterValidator(_secrets_key)]
Place = Annotated[str | None, AfterValidator(_place)]
Browsers = Annotated[SecretStr | None, AfterValidator(_browsers)]
Http = Annotated[str | None, AfterValidator(_http)]
SearchUrl = Annotated[Http, AfterValidator(_search_url)]
Origins = Annotated[list[Annotated[str, AfterValidator(_origin)]], BeforeValidator(_listed)]
Email = Annotated[str, AfterValidator(_email)]
Level = Annotated[str, AfterValidator(_level)]
Format = Annotated[str, AfterValidator(_format)]
ToolServers = Annotated[
    dict[Annotated[str, StringConstraints(pattern=f"^{SERVER}$")], ToolServer], BeforeValidator(_written)
]
Https = Annotated[str | None, AfterValidator(_https)]
Grants = Annotated[dict[str, Grant], BeforeValidator(_written)]
Receiver = Annotated[str | None, AfterValidator(_receiver)]
