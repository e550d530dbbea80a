"""Whom the API says a kick removed, or a mute muted."""

from collections.abc import Sequence

from bot.realtimekit.fields import Name, Text
from bot.realtimekit.models import Model, Person
from bot.sanitize import folded


class Reported(Model):
    """A person whom the API says a kick removed, or a mute muted."""

    id: Text = None
    name: Name = None
    email: Text = None
    picture: Text = None


def as_reported(
    people: Sequence[Person], reported: Sequence[Reported]
) -> tuple[Sequence[tuple[Reported, Person | None]], Sequence[Person]]:
    """Whom the API reports, each with whom we asked for; and who is missing from its answer.

    It may name people by ids that we did not send: as many of them as are missing are those who are missing, unless
    they have other names.
    """
    reported = tuple({one.id or str(number): one for number, one in enumerate(reported)}.values())
    asked: dict[str | None, Person] = {person.user_id: person for person in people if person.user_id}
    named = {one.id for one in reported}
    missing = [person for person in people if person.user_id not in named]
    strangers = [one for one in reported if one.id not in asked]
    names = {folded(one.name) for one in missing}
    known = all(not one.name or folded(one.name) in names for one in strangers)
    removed: list[tuple[Reported, Person | None]] = [(one, asked[one.id]) for one in reported if one.id in asked]
    if known and len(strangers) == len(missing):
        return [*removed, *zip(strangers, missing, strict=True)], ()
    return [*removed, *((one, None) for one in strangers)], missing
