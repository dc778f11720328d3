"""The shape every wire object shares: camelCase outside, snake_case inside, nothing unknown let through."""

from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

Json = Any
"""Whatever JSON can hold; bounded where it enters, opaque after that."""


def _without_nul(text: str) -> str:
    """Refuse NUL, and halves of characters: nothing we speak to keeps them, and cutting would change what was said."""
    if "\0" in text:
        raise ValueError("must not contain NUL characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode") from None
    return text


def storable(value: Json) -> Json:
    """What others than our clients say (a web page, a file's header) as every store and wire takes it.

    NUL and halves of surrogate pairs, which a page's script can make, are replaced as a browser shows them.
    """
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        members = cast("dict[Json, Json]", value)
        return {storable(name): storable(member) for name, member in members.items()}
    if isinstance(value, list):
        return [storable(one) for one in cast("list[Json]", value)]
    return value


def _whole(number: Any) -> Any:
    """12 for 12.0: JSON has one kind of number, and some clients write a whole one as a float."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


NO_NUL = AfterValidator(_without_nul)
"""Goes with every text that a client gives, after its bounds: behind it they would count items."""

Text = Annotated[str, NO_NUL]
"""A string that survives every store and wire unchanged."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=200), NO_NUL]
"""An id that somebody chose: opaque to us, compared byte by byte."""


def _one_segment(name: str) -> str:
    """Refuse what cannot be one segment of a path, where a file's id stands when its bytes are sent."""
    if "/" in name or not name.strip("."):
        raise ValueError('must not contain "/" or be nothing but dots')
    return name


FileId = Annotated[Id, AfterValidator(_one_segment), Field(json_schema_extra={"pattern": "^[^/]*[^/.][^/]*$"})]
"""A file's id, which the client may choose."""

WHOLE = BeforeValidator(_whole)
"""Goes with every whole number that a client gives, after its bounds."""

Millis = int
"""A moment as Unix milliseconds, as JavaScript's `Date.now()` gives it."""


class Wire(BaseModel):
    """A value that crosses the wire; its JSON is also what the store keeps."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, ser_json_inf_nan="null"
    )

    def wire(self) -> dict[str, Json]:
        """This value as JSON-ready data, with the wire's names."""
        return self.model_dump(mode="json", by_alias=True)
