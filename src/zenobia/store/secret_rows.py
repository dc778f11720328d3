"""The verbs of secrets. Their values are sealed before they come here, and opened elsewhere."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select

from zenobia.protocol.secrets import Secret, SecretKind
from zenobia.store.log import Log
from zenobia.store.schema import secrets


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret, and its value as it lies in the database."""

    secret: Secret
    sealed: str


class SecretRows(Log):
    """Secrets in one transaction."""

    def keep_secret(self, kept: SealedSecret) -> None:
        """Keep a secret, in the place of one of that name."""
        self.drop_secret(kept.secret.workspace, kept.secret.name)
        values = kept.secret.model_dump() | {"origins": " ".join(kept.secret.origins), "sealed": kept.sealed}
        self.run(insert(secrets).values(values))

    def drop_secret(self, workspace: str, name: str) -> bool:
        """Forget a secret; whether there was one of that name."""
        mine = (secrets.c.workspace == workspace, secrets.c.name == name)
        return self.run(delete(secrets).where(*mine)) == 1

    def secret(self, workspace: str, name: str) -> SealedSecret | None:
        """One secret; None if there is none of that name."""
        row = self.row(select(secrets).where(secrets.c.workspace == workspace, secrets.c.name == name))
        return None if row is None else _secret(row)

    def any_secret(self) -> SealedSecret | None:
        """The secret that was changed last; None if there is none."""
        row = self.row(select(secrets).order_by(secrets.c.changed_at.desc()).limit(1))
        return None if row is None else _secret(row)

    def secrets(self, workspace: str | None = None) -> list[Secret]:
        """The secrets of a workspace, or all, by name."""
        query = select(secrets).order_by(secrets.c.workspace, secrets.c.name)
        query = query if workspace is None else query.where(secrets.c.workspace == workspace)
        return [_secret(row).secret for row in self.rows(query)]


def _secret(row: Row[Any]) -> SealedSecret:
    secret = Secret(
        workspace=row.workspace,
        name=row.name,
        kind=SecretKind(row.kind),
        origins=tuple(row.origins.split()),
        changed_at=row.changed_at,
    )
    return SealedSecret(secret, row.sealed)
