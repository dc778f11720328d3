"""The names of keys: what people call them, and what browsers do."""

from zenobia.agents.language.tokens import Tokens, vocabulary

NAMES = vocabulary(
    "Enter Tab Escape Space Backspace Delete Insert Home End PageUp PageDown ArrowUp ArrowDown ArrowLeft ArrowRight",
    "Control Shift Alt Meta ControlOrMeta CapsLock ContextMenu Pause PrintScreen ScrollLock NumLock",
    "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12",
)

ALSO = {
    "return": "Enter",
    "esc": "Escape",
    "spacebar": "Space",
    "del": "Delete",
    "ctrl": "Control",
    "option": "Alt",
    "cmd": "Meta",
    "command": "Meta",
    "windows": "Meta",
    "up": "ArrowUp",
    "down": "ArrowDown",
    "left": "ArrowLeft",
    "right": "ArrowRight",
    "uparrow": "ArrowUp",
    "downarrow": "ArrowDown",
    "leftarrow": "ArrowLeft",
    "rightarrow": "ArrowRight",
}

KEYS = {name.casefold(): name for name in NAMES} | ALSO
MODIFIERS = frozenset({"Control", "Shift", "Alt", "Meta", "ControlOrMeta"})
FILLERS = vocabulary("the key keys on your keyboard") | {""}


def key(name: str) -> str | None:
    """The key or chord that `name` means, as browsers write it; None if it means none."""
    stem, plus = (name[:-1].rstrip(), True) if name.endswith("+") and name != "+" else (name, False)
    parts = [part.strip() for part in stem.removesuffix("+").split("+")] if stem != "+" else []
    if plus or stem == "+":
        parts.append("+")
    keys = [_single(part) for part in parts]
    if not all(keys) or any(part not in MODIFIERS for part in keys[:-1]):
        return None
    return "+".join(part for part in keys if part)


def _single(name: str) -> str | None:
    if len(name) == 1:
        return name if name.isprintable() and not name.isspace() else None
    return KEYS.get("".join(name.casefold().split()).replace("-", "").replace("_", ""))


def key_of(tokens: Tokens) -> str | None:
    """The key or chord these words mean; None if they mean none."""
    words = [token for token in tokens if token.quoted is not None or token.bare not in FILLERS]
    quoted = [token.quoted for token in words if token.quoted is not None]
    if quoted:
        named = any(token.bare == "key" for token in tokens)  # what is called a key is one, known here or not
        return (key(quoted[0]) or (quoted[0] if named and quoted[0] else None)) if len(words) == 1 else None
    return key(" ".join(token.raw.rstrip(".,;!") for token in words)) if words else None
