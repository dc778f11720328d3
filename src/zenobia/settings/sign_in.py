"""How people sign in: all of it is set, or none."""

from collections.abc import Mapping
from dataclasses import dataclass

from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.signing import Grant


class SignInNotSet(ZenobiaError):
    """People cannot sign in at {issuer} yet: set {missing} too."""

    code = "sign_in_not_set"


@dataclass(frozen=True, slots=True)
class Oidc:
    """At which provider, as which client of it, back to where; who may what, by which claim, for how many seconds."""

    issuer: str
    client: str
    secret: str | None
    back: str
    grants: Mapping[str, Grant]
    groups: str
    lasts: float


def oidc(
    issuer: str,
    client: str | None,
    secret: str | None,
    public_url: str | None,
    grants: Mapping[str, Grant],
    groups: str,
    lasts: float,
) -> Oidc:
    """It, from what is set.

    Raises:
        SignInNotSet: something that it needs is not.
    """
    if client is None or public_url is None or not grants:
        needed = {"oidc_client_id": client, "public_url": public_url, "oidc_grants": grants}
        raise SignInNotSet(issuer=issuer, missing=", ".join(name for name, value in needed.items() if not value))
    return Oidc(issuer, client, secret, f"{public_url.rstrip('/')}/", grants, groups, lasts)
