"""What a key of the DOM's KeyboardEvent is to the browser: its number, and the text that it types."""

from typing import Final

from zenobia.protocol.inputs import KeyInput
from zenobia.protocol.wire import Json

MODIFIERS: Final = {"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}

_NUMBERS: Final = {
    "Backspace": 8, "Tab": 9, "Enter": 13, "Shift": 16, "Control": 17, "Alt": 18, "Pause": 19, "CapsLock": 20,
    "Escape": 27, " ": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38,
    "ArrowRight": 39, "ArrowDown": 40, "PrintScreen": 44, "Insert": 45, "Delete": 46, "Meta": 91, "ContextMenu": 93,
    "NumLock": 144, "ScrollLock": 145, ";": 186, ":": 186, "=": 187, "+": 187, ",": 188, "<": 188, "-": 189, "_": 189,
    ".": 190, ">": 190, "/": 191, "?": 191, "`": 192, "~": 192, "[": 219, "{": 219, "\\": 220, "|": 220, "]": 221,
    "}": 221, "'": 222, '"': 222,
}  # fmt: skip
"""Windows virtual key codes by `key`, as all browsers count them; letters and digits count as capitals."""

_TEXTS: Final = {"Enter": "\r"}


def bits(modifiers: list[str]) -> int:
    """Modifiers as the browser counts them."""
    return sum({MODIFIERS[name] for name in modifiers})


def text_of(given: KeyInput) -> str:
    """What the key types by itself: a character, unless it is a shortcut."""
    if given.key in _TEXTS:
        return _TEXTS[given.key]
    shortcut = {"Control", "Meta"} & set(given.modifiers) and "Alt" not in given.modifiers
    return given.key if len(given.key) == 1 and not shortcut else ""


def event_of(given: KeyInput) -> dict[str, Json]:
    """The key as `Input.dispatchKeyEvent` takes it."""
    text = text_of(given) if given.action == "down" else ""
    kind = "keyUp" if given.action == "up" else "keyDown" if text else "rawKeyDown"
    event: dict[str, Json] = {
        "type": kind,
        "key": given.key,
        "code": given.code,
        "modifiers": bits([*given.modifiers]),
        "windowsVirtualKeyCode": _number(given),
        "autoRepeat": given.repeat,
        "isKeypad": given.code.startswith("Numpad"),
    }
    return event | ({"text": text, "unmodifiedText": text} if text else {})


def _number(given: KeyInput) -> int:
    """The key's number: by where it is for letters and digits, so that shortcuts work on any layout."""
    code = given.code
    if len(code) == 4 and code.startswith("Key"):
        return ord(code[3])
    if len(code) == 6 and code.startswith("Digit"):
        return ord(code[5])
    if given.key in _NUMBERS:
        return _NUMBERS[given.key]
    if given.key[:1] == "F" and given.key[1:].isdecimal() and 1 <= int(given.key[1:]) <= 24:
        return 111 + int(given.key[1:])
    return ord(given.key.upper()) if given.key.isascii() and given.key.isalnum() and len(given.key) == 1 else 0
