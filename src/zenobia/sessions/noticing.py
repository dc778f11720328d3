"""What a browser does by itself, as its session keeps it."""

from zenobia.operators.base import Downloaded, Notice
from zenobia.protocol.errors import StaleOwner, ZenobiaError
from zenobia.protocol.events import WarningData
from zenobia.protocol.files import Origin
from zenobia.sessions.files import Files
from zenobia.sessions.owned import Owned


async def record(owned: Owned, files: Files, notice: Notice) -> None:
    """Keep a notice: a download becomes a file of the session, everything else a warning.

    What a person brings about in private is not kept.
    """
    control = await owned.store.read(lambda tx: tx.control(owned.id))
    if control is not None and control.private:
        if isinstance(notice, Downloaded):
            notice.path.unlink(missing_ok=True)
        return
    if not isinstance(notice, Downloaded):
        await owned.tell(WarningData(code=notice.code, details=notice.details), notice.message)
        return
    try:
        told = await files.take_download(owned.claim.workspace, notice)
        message = f"Downloaded {told.file_name}."
        await owned.write(lambda tx: tx.attach(owned.id, [told], Origin.DOWNLOAD, message))
    except StaleOwner:
        return  # the session has ended: the file stays in the workspace
    except ZenobiaError as error:
        message = f"The download {notice.name} could not be kept: {error.message}"
        await owned.tell(WarningData(code=error.code), message)
