"""What people order, as frozen values with pure checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

QUESTION_MOST = 300
OPTION_MOST = 120
OPTIONS_LEAST, OPTIONS_MOST = 2, 10
"""The API documents no limits; these keep a poll readable in the meeting and in Slack."""


@dataclass(frozen=True, slots=True)
class NewPoll:
    """A poll to be put to everyone in a meeting."""

    question: str
    options: Sequence[str]
    anonymous: bool = False
    hide_votes: bool = False

    def faults(self) -> Mapping[str, str]:
        """What is wrong, by field: `question`, `option.1` and so on."""
        faults: dict[str, str] = {}
        if not self.question:
            faults["question"] = "Please type a question."
        elif len(self.question) > QUESTION_MOST:
            faults["question"] = f"This has {len(self.question)} characters; a question may have {QUESTION_MOST}."
        seen: dict[str, int] = {}
        for number, option in enumerate(self.options, 1):
            field, same = f"option.{number}", seen.get(option.casefold())
            if len(option) > OPTION_MOST:
                faults[field] = f"This has {len(option)} characters; an option may have {OPTION_MOST}."
            elif option and same:
                faults[field] = f"This is the same as option {same}."
            elif not option and number <= OPTIONS_LEAST:
                faults[field] = "Please type an option: a poll needs two."
            if option:
                seen.setdefault(option.casefold(), number)
        for number in range(len(self.options) + 1, OPTIONS_LEAST + 1):
            faults[f"option.{number}"] = "Please type an option: a poll needs two."
        return faults


@dataclass(frozen=True, slots=True)
class NewKick:
    """People to be shown out of a meeting.

    Attributes:
        keys: `Person.key` of each.
        block: also delete their places, so that they cannot come back.
    """

    meeting_id: str
    keys: tuple[str, ...]
    block: bool = False
    reason: str = ""
