"""Sealed secrets: opened with their own key only, and only as they were sealed."""

import base64
import stat
from pathlib import Path

import pytest

from zenobia.protocol.secrets import Secret, SecretKind, is_secret_name, read_origin
from zenobia.sessions.vault import KEY_FILE, SecretsKeyUnusable, Vault, one_time_code
from zenobia.store.secret_rows import SealedSecret

SECRET = Secret(workspace="default", name="shop", kind=SecretKind.TEXT, origins=("https://shop.example",), changed_at=1)
OTHER_KEY = base64.b64encode(bytes(32)).decode()


def test_a_value_comes_back_and_is_not_in_what_is_kept(tmp_path: Path) -> None:
    vault = Vault(None, tmp_path / KEY_FILE)
    kept = vault.seal(SECRET, "CANARY-word")

    assert Vault(None, tmp_path / KEY_FILE).open(kept) == "CANARY-word"
    assert b"CANARY" not in base64.b64decode(kept.sealed)
    assert kept.sealed != vault.seal(SECRET, "CANARY-word").sealed


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    Vault(None, tmp_path / KEY_FILE).seal(SECRET, "word")
    first = (tmp_path / KEY_FILE).read_bytes()
    Vault(None, tmp_path / KEY_FILE).seal(SECRET, "word")

    assert (tmp_path / KEY_FILE).read_bytes() == first
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize(
    "change",
    [{"origins": ("https://evil.example",)}, {"workspace": "other"}, {"name": "bank"}, {"kind": SecretKind.TOTP}],
)
def test_what_was_changed_in_the_database_opens_no_more(tmp_path: Path, change: dict[str, object]) -> None:
    vault = Vault(None, tmp_path / KEY_FILE)
    kept = vault.seal(SECRET, "CANARY-word")

    with pytest.raises(SecretsKeyUnusable):
        vault.open(SealedSecret(SECRET.model_copy(update=change), kept.sealed))


def test_another_key_opens_nothing_and_a_bad_one_says_so(tmp_path: Path) -> None:
    kept = Vault(None, tmp_path / KEY_FILE).seal(SECRET, "CANARY-word")

    with pytest.raises(SecretsKeyUnusable, match="does not fit"):
        Vault(OTHER_KEY, tmp_path / KEY_FILE).open(kept)
    with pytest.raises(SecretsKeyUnusable, match="32 bytes"):
        Vault("c2hvcnQ=", tmp_path / KEY_FILE).open(kept)
    with pytest.raises(SecretsKeyUnusable, match=r"no secrets\.key"):
        Vault(None, tmp_path / "elsewhere").open(kept)


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://Shop.Example", "https://shop.example"),
        ("https://shop.example:443/", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://shop.example", None),
        ("https://user@shop.example", None),
        ("https://shop.example/login", None),
        ("shop.example", None),
        ("https://shop.example:port", None),
        ("javascript:alert(1)", None),
        ("https://shöp.example", "https://xn--shp-tna.example"),
        ("https://straße.example", None),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://x y.example", None),
        ("https://*.example", None),
    ],
)
def test_an_origin_is_a_whole_origin(given: str, origin: str | None) -> None:
    assert read_origin(given) == origin


def test_one_time_codes_are_those_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The values of RFC 6238, appendix B, cut to six digits; and a short seed, as many sites give out."""
    seed = base64.b32encode(b"12345678901234567890").decode()
    for moment, code in ((59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")):
        monkeypatch.setattr("zenobia.sessions.vault.time.time", lambda at=moment: float(at))
        assert one_time_code(seed) == code
        assert one_time_code(f"{seed[:8].lower()} {seed[8:]}") == code
    assert len(one_time_code("JBSWY3DPEHPK3PXP")) == 6
    with pytest.raises(ValueError, match=r"(?i)base32|digit|padding"):
        one_time_code("not base 32!")


def test_names_are_plain() -> None:
    assert is_secret_name("shop.password_2")
    assert not is_secret_name("")
    assert not is_secret_name("a b")
    assert not is_secret_name("../x")
