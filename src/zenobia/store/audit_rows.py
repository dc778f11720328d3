"""The verbs of the audit record: entries are added, in the transaction of the deed itself, and never changed."""

from sqlalchemy import bindparam, insert, select, update

from zenobia.protocol.audit import START, Deed, Entry, entry
from zenobia.store.direct import kept
from zenobia.store.log import Log
from zenobia.store.schema import audit, audit_heads

_HEAD = kept(select(audit_heads.c.number, audit_heads.c.hash).where(audit_heads.c.workspace == bindparam("workspace")))
_MOVE = kept(update(audit_heads).where(audit_heads.c.workspace == bindparam("of")))
_BEGIN = kept(insert(audit_heads))
_ADD = kept(insert(audit))


class AuditRows(Log):
    """The audit record in one transaction."""

    def record(self, deed: Deed) -> None:
        """Add what is being done, as a transaction's last act: what adds to one workspace's chain does so in turn."""
        head = self.row(self.hold(_HEAD), {"workspace": deed.workspace})
        number, previous = (1, START) if head is None else (head.number + 1, head.hash)
        made = entry(deed, number=number, at=self.now, previous=previous)
        self.run(_ADD, {"workspace": deed.workspace, "number": number, "json": made.text, "hash": made.hash})
        if head is None:
            self.run(_BEGIN, {"workspace": deed.workspace, "number": number, "hash": made.hash})
        else:
            self.run(_MOVE, {"of": deed.workspace, "number": number, "hash": made.hash})

    def audited(self, after: tuple[str, int], most: int) -> list[Entry]:
        """Up to `most` entries behind a workspace and a number, in the order of both."""
        workspace, number = after
        behind = (audit.c.workspace > workspace) | ((audit.c.workspace == workspace) & (audit.c.number > number))
        query = select(audit).where(behind).order_by(audit.c.workspace, audit.c.number).limit(most)
        return [Entry(row.workspace, row.number, row.json, row.hash) for row in self.rows(query)]

    def audit_ends(self) -> dict[str, tuple[int, str]]:
        """The number and the hash of the newest entry of each workspace, as they were kept apart from the entries."""
        return {row.workspace: (row.number, row.hash) for row in self.rows(select(audit_heads))}
