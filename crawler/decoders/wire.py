"""The shapes on the wire as pydantic models: the one place where third-party values are validated.

Every field has a default and a tolerant reading, and :func:`tolerant` drops a field that cannot be read, so that
one bad value costs neither its accept nor its neighbours; each drop is reported with its evidence.
Sources: x402 specification v1 and v2, the bazaar extension, and the forms real listings hold.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from catalog.records import Json
from catalog.text import MAX_TEXT, big_int_text, clean, evidence, one_line

MODEL = TypeVar("MODEL", bound=BaseModel)


def _line(value: object) -> object:
    return "" if value is None else one_line(value) if isinstance(value, str) else value


def _prose(value: object) -> object:
    return "" if value is None else clean(value).strip() if isinstance(value, str) else value


def _amount(value: object) -> object:
    """An amount verbatim; JSON integers of any size become their digits, floats their text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return big_int_text(value)
    return repr(value) if isinstance(value, float) else _line(value)


def _version(value: object) -> object:
    """1, 2, … from 1, "1" or 1.0; anything else is a bad value."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value.strip()[:9])
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _seconds(value: object) -> object:
    """Whole seconds from 60, "60" or 60.0."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
        return int(value.strip()[:20])
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _words(value: object) -> object:
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, list):
        return [one_line(word, 64) for word in value[:32] if isinstance(word, str) and word.strip()]
    return [] if value is None else value


def _moment(value: object) -> object:
    """ISO-8601, epoch seconds or epoch milliseconds (told apart by size) as an aware UTC time."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value.strip()[:16])
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000 if value > 100_000_000_000 else value, UTC)
        except (OverflowError, OSError, ValueError):
            return value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            return value
    return value


Line = Annotated[str, BeforeValidator(_line)]
Prose = Annotated[str, BeforeValidator(_prose)]
Amount = Annotated[str, BeforeValidator(_amount)]
Version = Annotated[int | None, BeforeValidator(_version)]
Seconds = Annotated[int | None, BeforeValidator(_seconds)]
Words = Annotated[list[str], BeforeValidator(_words)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class Wire(BaseModel):
    """Base of all wire shapes: unknown keys ignored (the verbatim row is kept elsewhere).

    Names are camelCase; the snake_case of the Python package is read where the other is missing.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", str_max_length=MAX_TEXT, strict=True
    )


class WireAccept(Wire):
    """One entry of ``accepts``: v1 and v2 keys side by side."""

    scheme: Line = ""
    network: Line = ""
    asset: Line = ""
    pay_to: Line = ""
    max_amount_required: Amount | None = None
    amount: Amount | None = None
    max_timeout_seconds: Seconds = None
    mime_type: Line = ""
    description: Prose = ""
    resource: Any = None
    extra: dict[str, Any] | None = None
    output_schema: Any = None
    extensions: Any = None


class WireResource(Wire):
    """v2 ``resource`` of a challenge, or the object form of a listing's ``resource``."""

    url: Line = ""
    description: Prose = ""
    mime_type: Line = ""
    service_name: Line = ""
    tags: Words = []
    icon_url: Line = ""


class WireRow(Wire):
    """One row of a bazaar listing."""

    resource: Any = None
    url: Line = ""
    resource_url: Line = ""
    type: Line = ""
    x402_version: Version = None
    accepts: list[Any] | None = None
    last_updated: Moment = None
    description: Prose = ""
    mime_type: Line = ""
    service_name: Line = ""
    tags: Words = []
    icon_url: Line = ""
    method: Line = ""
    input: Any = None
    output: Any = None
    input_schema: Any = None
    output_schema: Any = None
    metadata: Any = None
    extensions: Any = None
    quality: dict[str, Any] | None = None


class WireChallenge(Wire):
    """The JSON of a 402: v1 body or v2 header."""

    x402_version: Version = None
    accepts: list[Any] | None = None
    resource: Any = None
    error: Any = None
    extensions: Any = None


@lru_cache
def wire_names(model: type[Wire]) -> tuple[str, ...]:
    """The names of a shape's fields on the wire, in order, each in both spellings."""
    return tuple(dict.fromkeys(name for field in model.model_fields for name in (to_camel(field), field)))


class Dropped(NamedTuple):
    """A field that could not be read: its wire name, why, and an excerpt."""

    field: str
    why: str
    evidence: str


def tolerant(model: type[MODEL], value: dict[str, Json]) -> tuple[MODEL, list[Dropped]]:
    """``value`` as a ``model``; fields that cannot be read take their default and are reported."""
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
    spellings = {name: to_camel(name) for name in model.model_fields}

    def field(key: object) -> str:
        return spellings.get(str(key), str(key))

    bad = {field(e["loc"][0]): e["msg"] for e in errors}
    dropped = [
        Dropped(key, bad[field(key)], evidence(item)) for key, item in sorted(value.items()) if field(key) in bad
    ]
    kept = {key: item for key, item in value.items() if field(key) not in bad}
    return model.model_validate(kept), dropped
