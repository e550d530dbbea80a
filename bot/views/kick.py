"""Removing people: the modal in which one chooses them."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    ExternalDataMultiSelectElement,
    InputBlock,
    Option,
    OptionGroup,
    PlainTextInputElement,
    StaticMultiSelectElement,
)
from slack_sdk.models.views import View

from bot.realtimekit.models import Person, Session
from bot.sanitize import folded
from bot.views import parts

MAX_OPTIONS = 100
"""What a static menu of Slack's holds; beyond that the menu asks the bot while one types."""
MAX_REASON = 300
MAX_KEY = 150
"""What a menu's option holds; longer custom ids, which stand in for a missing user id, cannot be offered."""
MAX_REMARKS = 10


def options(people: Iterable[Person], everyone: Iterable[Person], now: datetime) -> list[Option]:
    """People in a menu; those who share a name with anyone in the room are told apart by their ids."""
    return [_option(*facts) for facts in _facts(people, everyone, now)]


def offered_options(people: Iterable[Person], everyone: Iterable[Person], now: datetime) -> list[dict[str, Any]]:
    """The same for a menu that is asked at each letter."""
    return [_option_json(*facts) for facts in _facts(people, everyone, now)]


def _facts(people: Iterable[Person], everyone: Iterable[Person], now: datetime) -> Iterator[tuple[str, str, str]]:
    """Of each who can be chosen: the name, the key, and what else tells who that is."""
    names = Counter(folded(person.name) for person in everyone)
    for person in people:
        if person.can_be_kicked and len(person.key) <= MAX_KEY:
            yield parts.display_name(person), person.key, _described(person, now, shared=names[folded(person.name)] > 1)


def _described(person: Person, now: datetime, *, shared: bool) -> str:
    facts = [parts.role_name(person.preset)]
    if person.joined_at:
        facts.append(f"here for {parts.duration(now - person.joined_at)}")
    if shared:
        facts.insert(0, parts.single_line(person.custom_id or person.user_id or person.key))
    return " · ".join(fact for fact in facts if fact)


def _option(name: str, key: str, described: str) -> Option:
    return Option(text=parts.plain(name, 75), value=key, description=parts.plain(described, 75) if described else None)


@lru_cache(maxsize=2000)
def _option_json(name: str, key: str, described: str) -> dict[str, Any]:
    # A menu of 25 people takes 0.4 ms of CPU instead of 1.2, and it is asked for at each letter.
    return _option(name, key, described).to_dict()


def form(
    session: Session,
    meeting_id: str,
    everyone: Sequence[Person],
    *,
    now: datetime,
    private_metadata: str,
    chosen: Collection[str] = (),
    candidates: Sequence[Person] = (),
    remarks: Sequence[str] = (),
    block: bool = False,
    reason: str = "",
    announced: bool = True,
) -> View:
    """The modal in which one chooses whom to remove.

    Args:
        chosen: the keys of those who are chosen already.
        candidates: whom ambiguous words may mean; they come first, and nobody chooses them but the host.
        remarks: mrkdwn; what to know first, such as which name was ambiguous.
        announced: whether the channel will read the reason.
    """
    title = parts.safe(parts.display_title(session.title, meeting_id))
    menu, inside = people_menu(everyone, chosen, candidates, now), parts.count_people(session.people or len(everyone))
    blocks: list[Block] = [
        parts.section(f"Remove people from *{title}* ({inside} in the meeting)"),
        *(parts.section(remark) for remark in remarks),
        InputBlock(block_id="people", label=parts.plain("Who should leave?", 100), element=menu),
        InputBlock(
            block_id="flags",
            label=parts.plain("If they try to rejoin", 100),
            element=_boxes(block=block),
            optional=True,
        ),
        _reason(reason, announced=announced),
        *parts.actions(parts.button("End meeting for everyone…", "kick.everyone", meeting_id, style="danger")),
    ]
    return parts.modal("Remove people", blocks, callback="kick", private_metadata=private_metadata, submit="Remove")


def _reason(reason: str, *, announced: bool) -> InputBlock:
    seen = "Posted in the channel" if announced else "Kept in the history"
    return InputBlock(
        block_id="reason",
        label=parts.plain("Reason", 100),
        hint=parts.plain(f"{seen}. People in the meeting don't see it.", 100),
        element=PlainTextInputElement(action_id="text", max_length=MAX_REASON, initial_value=reason or None),
        optional=True,
    )


def people_menu(
    everyone: Sequence[Person], chosen: Collection[str], candidates: Sequence[Person], now: datetime
) -> StaticMultiSelectElement | ExternalDataMultiSelectElement:
    """A menu of people, with those first who may be meant. The form's metadata holds the meeting and the words."""
    before = options([person for person in everyone if person.key in chosen], everyone, now)[:MAX_OPTIONS] or None
    if len(everyone) > MAX_OPTIONS:
        return ExternalDataMultiSelectElement(
            placeholder="Search by name",
            action_id="kick.people",
            min_query_length=0 if candidates else 1,
            initial_options=before,
        )
    first = options(candidates, everyone, now)
    if first:
        others = options([person for person in everyone if person not in candidates], everyone, now)
        groups = [("Possible matches", first), *([("Everyone else", others)] if others else [])]
        return StaticMultiSelectElement(
            placeholder="Choose people",
            action_id="kick.people",
            option_groups=[OptionGroup(label=parts.plain(label, 75), options=group) for label, group in groups],
        )
    return StaticMultiSelectElement(
        placeholder="Choose people",
        action_id="kick.people",
        options=options(everyone, everyone, now),
        initial_options=before,
    )


def _boxes(*, block: bool) -> CheckboxesElement:
    stay_out = Option(
        text=parts.plain("Keep them out", 75),
        value="block",
        description=parts.plain("Their invitation will stop working. Otherwise, they can rejoin.", 75),
    )
    return CheckboxesElement(action_id="flags", options=[stay_out], initial_options=[stay_out] if block else None)


def loading_form() -> View:
    """The form before the meeting was read."""
    return parts.loading("Remove people", "Checking who's in…")


def remarks(unclear: Mapping[str, Sequence[Person]]) -> list[str]:
    """What to say of words that do not name exactly one person: whom they may mean; nobody, or several."""
    lines = []
    for word, candidates in list(unclear.items())[:MAX_REMARKS]:
        if candidates:
            found = "More than one person matches" if len(candidates) > 1 else "Part of a name matches"
            names = parts.names_of(candidates, 6)
            lines.append(f"{found} “{parts.safe(word, 60)}”: {names}. Pick the right one below.")
        else:
            lines.append(f"No one in the meeting matches “{parts.safe(word, 60)}”.")
    if (more := len(unclear) - MAX_REMARKS) > 0:
        lines.append(f"{parts.count_of(more, 'more name')} didn't match exactly one person.")
    return lines
