"""Prepared polls as text: a question, its options on the lines below, an empty line between polls. Pure.

Lunch? --anonymous
Pizza
Salad

Bullets, numbers that count, and `>` at the start of each line are understood. What stands in quotes is meant to the
letter, with a backslash before quotes and backslashes in it, so that whatever is read can be written down again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.commands.poll_text import BULLET, near_flag, without_bullets
from bot.sanitize import DASHES, QUOTES
from bot.slack.text import with_emoji
from bot.views.poll import MAX_OPTIONS, PollDraft

MAX_POLLS = 20
MAX_TEXT = 3000
"""What a field of Slack's takes."""
_FLAG = re.compile(rf"\s+(?:[{DASHES}]{{2}}|—)([^\W\d_][\w{DASHES}]*)\s*$")
_QUOTED = re.compile(rf"[{QUOTES}](.*)[{QUOTES}]")
_QUOTE_MARK = re.compile(r"^\s*>(?:\s|$)")
_QUESTION_START = re.compile(rf"^\s*(?:{BULLET}|\d{{1,2}}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong on a line, counted from 1."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.why}"


def parse(text: str) -> tuple[list[PollDraft], list[Fault]]:
    """The polls in a text, and what is wrong in it."""
    polls: list[PollDraft] = []
    faults: list[Fault] = []
    for start, lines in _blocks(text):
        draft, wrong = _poll(lines)
        polls.append(draft)
        faults += [Fault(start + line, why) for line, why in wrong]
    return polls, faults


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines in a row that are not empty, each group with the number of its first line."""
    group: list[str] = []
    lines = re.split(r"\r\n|\r|\n", text)
    if all(_QUOTE_MARK.match(line) for line in lines if line.strip()):
        # A message that was quoted as a whole; otherwise "> 5 people" is an option.
        lines = [_QUOTE_MARK.sub("", line) for line in lines]
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            group.append(line.strip())
        elif group:
            yield number - len(group), group
            group = []


def _poll(lines: Sequence[str]) -> tuple[PollDraft, list[tuple[int, str]]]:
    """The poll in a group of lines; and what is wrong, by the line's number from 0."""
    question, flags, unknown = _with_flags(lines[0])
    given = [_text(line) for line in without_bullets(["", *lines[1:]])[1:]]
    options = [option for option, raw in zip(given, lines[1:], strict=True) if raw]
    draft = PollDraft(_text(_QUESTION_START.sub("", question)), options, "anonymous" in flags, "hide-votes" in flags)
    wrong = [(0, f"Unknown option {flag}. Use --anonymous or --hide-votes.") for flag in unknown]
    if len(options) > MAX_OPTIONS:
        wrong.append((MAX_OPTIONS + 1, f"A poll can have up to {MAX_OPTIONS} options."))
    for field, why in draft.field_errors().items():
        number = int(field.partition(".")[2] or 0)
        # What is missing has no line: it is said where the poll begins.
        wrong.append((number if number <= len(options) else 0, why))
    return draft, list(dict.fromkeys(wrong))


def _with_flags(line: str) -> tuple[str, set[str], list[str]]:
    """A question without the flags at its end, those that are known, and the others as typed."""
    flags: set[str] = set()
    unknown: list[str] = []
    while match := _FLAG.search(line):
        name = re.sub(f"[{DASHES}]", "-", match[1]).lower()
        meant = near_flag(name)
        flags |= {meant} if meant else set()
        unknown += [] if meant else [f"--{name}"]
        line = line[: match.start()]
    return line.strip(), flags, unknown


def _text(line: str) -> str:
    """A line as it is meant: to the letter in quotes, otherwise with its shortcodes as emoji."""
    quoted = _unquoted(line.strip())
    return with_emoji(line.strip()) if quoted is None else quoted


def _unquoted(line: str) -> str | None:
    """What stands between quotes around the whole line; None where there are none, as in `"Yes" and "No"`."""
    quoted = _QUOTED.fullmatch(line)
    if quoted is None:
        return None
    within = re.sub(r"\\.|(?<=\w)['’](?=\w)", "", quoted[1])
    if line[0] in within or line[-1] in within:
        return None
    return re.sub(rf"\\([{QUOTES}\\])", r"\1", quoted[1]).strip()


def write(polls: Sequence[PollDraft]) -> str:
    """The text that is read as these polls."""
    return "\n\n".join(map(_written, polls))


def _written(draft: PollDraft) -> str:
    plain = _lines(draft, draft.question, draft.options)
    # Where something would be read as a bullet, a flag or a code, all of it stands in quotes.
    if parse(plain)[0] == [PollDraft(draft.question, list(draft.options), draft.anonymous, draft.hide_votes)]:
        return plain
    return _lines(draft, _in_quotes(draft.question), [_in_quotes(option) for option in draft.options])


def _in_quotes(text: str) -> str:
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return f'"{escaped}"'


def _lines(draft: PollDraft, question: str, options: Sequence[str]) -> str:
    flags = (" --anonymous" if draft.anonymous else "") + (" --hide-votes" if draft.hide_votes else "")
    return "\n".join([question + flags, *options])
