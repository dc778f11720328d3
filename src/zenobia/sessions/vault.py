"""Sealing secrets: a value is encrypted together with whose it is and where it may go, so none of that can be changed.

AES-256-GCM. The key comes from the environment (ZENOBIA_SECRETS_KEY, 32 bytes as Base64), or else from a file in the
data directory that is made when it is first needed.
"""

import asyncio
import base64
import logging
import os
import time
from pathlib import Path

import orjson

from zenobia.protocol.errors import StorageUnavailable, ZenobiaError
from zenobia.protocol.secrets import KEY_BYTES, Secret, key_bytes
from zenobia.store.engine import Store
from zenobia.store.secret_rows import SealedSecret

log = logging.getLogger(__name__)

KEY_FILE = "secrets.key"
NONCE_BYTES = 12


class SecretsKeyUnusable(ZenobiaError):
    """The key for secrets cannot be used: {problem}."""

    code = "secrets_key_unusable"


class Vault:
    """Seals and opens. The key is read when it is first needed; what encrypts is loaded then, too."""

    def __init__(self, key: str | None, file: Path) -> None:
        self._given = key
        self._file = file

    def seal(self, secret: Secret, value: str) -> SealedSecret:
        """The secret with its value sealed.

        Raises:
            SecretsKeyUnusable: there is no good key.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self._key(make=True)).encrypt(nonce, value.encode(), _bound(secret))
        return SealedSecret(secret, base64.b64encode(nonce + sealed).decode())

    def open(self, kept: SealedSecret) -> str:
        """A sealed secret's value.

        Raises:
            SecretsKeyUnusable: it was sealed with another key, or something of it was changed.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        sealed = base64.b64decode(kept.sealed)
        key = self._key(make=False)
        try:
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(kept.secret)).decode()
        except InvalidTag:
            raise SecretsKeyUnusable(problem="it does not fit, or what is stored was changed") from None

    def derive(self, purpose: bytes, length: int) -> bytes:
        """Bytes for another use, always the same for one `purpose`; they tell nothing of the key.

        Raises:
            SecretsKeyUnusable: there is no good key.
        """
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), length, salt=None, info=purpose).derive(self._key(make=True))

    def _key(self, *, make: bool) -> bytes:
        try:
            text = self._given or self._read(make=make)
            key = key_bytes(text)
        except FileNotFoundError:
            raise SecretsKeyUnusable(problem=f"there is no {KEY_FILE} in the data directory") from None
        except OSError as error:
            raise SecretsKeyUnusable(problem=error.strerror or "it cannot be read") from None
        except ValueError:
            raise SecretsKeyUnusable(problem="it is no Base64") from None
        if len(key) != KEY_BYTES:
            raise SecretsKeyUnusable(problem=f"it must have {KEY_BYTES} bytes, as Base64") from None
        return key

    def _read(self, *, make: bool) -> str:
        if make and not self._file.exists():
            draft = self._file.with_name(f".{KEY_FILE}.{os.getpid()}")
            draft.touch(mode=0o600, exist_ok=False)
            draft.write_text(base64.b64encode(os.urandom(KEY_BYTES)).decode())
            try:
                os.link(draft, self._file)  # whole or not at all; of two that make one, the first stands
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return self._file.read_text()


async def look_into(vault: Vault, store: Store) -> None:
    """Say in the log that secrets are kept which the key does not open, as after a restore without it."""
    try:
        if (kept := await store.read(lambda tx: tx.any_secret())) is not None:
            await asyncio.to_thread(vault.open, kept)
    except SecretsKeyUnusable as error:
        log.warning("%s Until it is put right, no secret can be typed.", error.message)
    except StorageUnavailable:
        log.warning("The secrets that are kept could not be looked at.")


def _bound(secret: Secret) -> bytes:
    return orjson.dumps([secret.workspace, secret.name, secret.kind, *sorted(secret.origins)])


def one_time_code(seed: str) -> str:
    """The code of this moment for a seed in Base32, as sites show it beside their QR code: six digits, for 30 seconds.

    Raises:
        ValueError: it is no Base32.
    """
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

    bare = seed.replace(" ", "").rstrip("=").upper()
    key = base64.b32decode(bare + "=" * (-len(bare) % 8))
    totp = TOTP(key, 6, SHA1(), 30, enforce_key_length=False)  # noqa: S303 - what authenticators agree on; many seeds are short
    return totp.generate(int(time.time())).decode()
