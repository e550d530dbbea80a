"""Words, quotes and flags out of what a person typed after a command. Pure.

Phones and Macs change what is typed: `"` becomes `“ ”`, `--` becomes `—` and `-` becomes `–`. All of them are taken for
what was meant; an apostrophe is a letter. Slack escapes `& < >` and sends mentions and links as `<…>`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import Misused
from bot.sanitize import DASHES, QUOTES
from bot.slack.text import visible_text

EVERYONE = frozenset({"all", "everyone"})
"""Words that mean everyone in the meeting."""
_TOKEN = re.compile(
    rf"(?P<open>[{QUOTES}])(?P<quoted>(?:<[^<>]*>|\\.|[^{QUOTES}\\]|\\)*)(?P<close>[{QUOTES}]?)"
    rf"|(?P<bare>(?:<[^<>]*>|\S)(?:<[^<>]*>|[^\s{QUOTES}]|[{QUOTES}](?=[^\s{QUOTES}]))*[{QUOTES}]?)",
    re.DOTALL,
)
_FLAG = re.compile(rf"(?P<dashes>[{DASHES}]+)(?P<name>[^\W\d_](?:\w|[{DASHES}])*)(?P<value>=.*)?")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>")
_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


@dataclass(frozen=True, slots=True)
class Word:
    """One word or one quoted phrase: as Slack sent it, without the quotes; and as the person sees it."""

    raw: str
    text: str
    quoted: bool = False

    @property
    def group(self) -> str | None:
        """The user group's id, where this is a mention of one."""
        match = _GROUP.fullmatch(self.raw)
        return match[1] if match else None

    @property
    def mention(self) -> str | None:
        """The user id, where this is a mention."""
        match = _USER.fullmatch(self.raw)
        return match[1] if match else None


@dataclass(frozen=True, slots=True)
class Words:
    """A command's words.

    Attributes:
        flags: the known ones that were given, without dashes.
        unknown_flags: the others, as typed.
        open_quote: a quote was opened and not closed.
    """

    words: tuple[Word, ...]
    flags: frozenset[str] = frozenset()
    unknown_flags: tuple[str, ...] = ()
    open_quote: bool = False


def split(text: str, flags: Iterable[str] = ()) -> Words:
    """The words of a command, among which these flags (named without dashes) are known."""
    known = frozenset(flags)
    words: list[Word] = []
    given: set[str] = set()
    unknown: list[str] = []
    open_quote = False
    for match in _TOKEN.finditer(text):
        if match["open"] is not None:
            raw = re.sub(rf"\\([{QUOTES}\\])", r"\1", match["quoted"]).strip()
            open_quote = open_quote or not match["close"]
            words.append(Word(raw, visible_text(raw).strip(), quoted=True))
            continue
        raw = match["bare"]
        flag = _FLAG.fullmatch(raw)
        name = re.sub(f"[{DASHES}]+", "-", flag["name"]).lower() if flag else ""
        if flag and name in known and not flag["value"]:
            given.add(name)
        elif flag and known and (len(flag["dashes"]) > 1 or flag["dashes"] == "—"):
            unknown.append(f"--{name}{flag['value'] or ''}")
        else:
            words.append(Word(raw, visible_text(raw)))
    return Words(tuple(words), frozenset(given), tuple(unknown), open_quote)


def require_closed(words: Words, usage: str) -> None:
    """Refuse what a missing quotation mark leaves unclear. Raises `Misused`."""
    if words.open_quote:
        raise Misused("A closing quotation mark is missing.", usage)


def not_in_slack(word: Word, usage: str) -> Misused:
    """For a name that Slack did not make a mention of, which could be anyone's."""
    return Misused(f"I couldn't find “{word.text}” in Slack. Type @ and pick the name from the list.", usage)


def means_everyone(words: Words) -> bool:
    """Whether the only word is `all`; in quotes it is someone's name."""
    only = words.words[0] if len(words.words) == 1 else None
    return only is not None and not only.quoted and only.text.lower() in EVERYONE
