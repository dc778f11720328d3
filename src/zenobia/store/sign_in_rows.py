"""The verbs of signing in: what has begun and waits for a person to come back, and the keys of those who did."""

from dataclasses import asdict, dataclass

from sqlalchemy import delete, func, insert, select, true, update

from zenobia.protocol.signing import TooManySignIns
from zenobia.protocol.wire import Millis
from zenobia.store.bell import KEYS
from zenobia.store.log import Log
from zenobia.store.schema import keys, sign_ins

MOST = 10_000
"""Sign-ins that may wait at a time."""

MOST_FROM_ONE = 100
"""Those that began at one address: nobody alone keeps all others out."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One that has begun: what it is called outside, what is kept of its ticket, and what only we know."""

    state: str
    ticket: str
    nonce: str
    verifier: str
    address: str


class SignInRows(Log):
    """Sign-ins in one transaction."""

    def begin_sign_in(self, begun: SignIn, until: Millis) -> None:
        """Wait for somebody to come back; nobody is waited for any more after their time.

        Raises:
            TooManySignIns: as many as there may be are waited for.
        """
        self.run(delete(sign_ins).where(sign_ins.c.expires_at <= self.now))
        for most, some in ((MOST, true()), (MOST_FROM_ONE, sign_ins.c.address == begun.address)):
            found = self.row(select(func.count()).select_from(sign_ins).where(some))
            if found is not None and found[0] >= most:
                raise TooManySignIns(limit=most)
        self.run(insert(sign_ins).values(asdict(begun) | {"expires_at": until}))

    def take_sign_in(self, state: str, ticket: str) -> SignIn | None:
        """Somebody is back: what was begun with that state and ticket, this once."""
        one = (sign_ins.c.state == state, sign_ins.c.ticket == ticket, sign_ins.c.expires_at > self.now)
        found = self.row(select(sign_ins).where(*one))
        if found is None or self.run(delete(sign_ins).where(*one)) != 1:
            return None
        return SignIn(found.state, found.ticket, found.nonce, found.verifier, found.address)

    def sign_out(self, key: str) -> bool:
        """Make a key that was made by signing in good for nothing; whether it is one that was good."""
        standing = (keys.c.id == key, keys.c.subject.is_not(None), keys.c.revoked_at.is_(None))
        self.touch({KEYS})
        return self.run(update(keys).where(*standing).values(revoked_at=self.now)) == 1

    def forget_sign_ins(self, before: Millis) -> None:
        """Forget keys of sign-ins that ended before then; the last stays, as there must have been one."""
        ended = func.coalesce(keys.c.revoked_at, keys.c.expires_at) < before
        last = select(func.max(keys.c.id)).scalar_subquery()
        self.run(delete(keys).where(keys.c.subject.is_not(None), ended, keys.c.id != last))
