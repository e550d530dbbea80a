"""Pure functions: a domain object in, Block Kit out. No I/O, no clock of their own."""

from functools import cache

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


JsonObject.validate_json = _validate_json  # type: ignore[method-assign]
