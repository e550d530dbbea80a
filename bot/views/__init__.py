"""Pure functions: a domain object in, Block Kit out. No I/O, no clock of their own."""

from functools import cache
from typing import Any

from slack_sdk.models.basic_objects import JsonObject


@cache
def _validators(kind: type[JsonObject]) -> tuple[str, ...]:
    names = (name for name in dir(kind) if not name.startswith("__"))
    return tuple(name for name in names if hasattr(getattr(kind, name, None), "validator"))


def _validate_json(self: JsonObject) -> None:
    """Run a model's own checks, found once for each class.

    slack_sdk looks through all attributes of each object, each time (`JsonObject.validate_json`). Without that, a list
    of 20 people for a host is drawn in 4.6 ms instead of 13.7, and a status card in 0.5 ms instead of 2.5.
    """
    for name in _validators(type(self)):
        getattr(self, name)()


_NAMES: dict[type, list[str]] = {}


def _non_null(self: JsonObject) -> dict[str, Any]:
    """An object's attributes that are not empty, as JSON.

    slack_sdk walks through what lies in an object once more for each object around it; that doubles the time.
    """
    kind = type(self)
    names = _NAMES.get(kind) or _NAMES.setdefault(kind, sorted(self.attributes))
    given = ((name, getattr(self, name, None)) for name in names)
    return {name: _as_json(value) for name, value in given if value or isinstance(value, bool | int)}


def _as_json(value: Any) -> Any:
    if isinstance(value, str | bool):  # most are: only then ask an abstract class, which takes longer
        return value
    if isinstance(value, JsonObject):
        return value.to_dict()
    return [_as_json(one) for one in value] if isinstance(value, list | tuple) else value


JsonObject.get_non_null_attributes = _non_null  # type: ignore[method-assign]
JsonObject.validate_json = _validate_json  # type: ignore[method-assign]
