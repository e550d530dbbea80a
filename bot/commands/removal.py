"""How people are removed: in one request if that works, one by one if not; and what came of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.background import gather
from bot.commands.people_form import allow_value
from bot.commands.places import delete_place
from bot.errors import MeetingChoice, NotLive
from bot.meetings import Meetings
from bot.operations import Operations
from bot.realtimekit.client import RealtimeKit
from bot.realtimekit.errors import NoSession, NoSuchParticipant, RealtimeKitError
from bot.realtimekit.models import Person, ids_of, is_uuid
from bot.realtimekit.reported import Reported, as_reported
from bot.sanitize import folded, from_slack
from bot.slack.context import Context, people_value
from bot.store.bans import Bans
from bot.store.errors import StoreError
from bot.store.places import Places
from bot.store.records import State
from bot.views import removal
from bot.views.parts import display_name, display_title
from bot.views.removal import Outcome

log = structlog.get_logger(__name__)

MAX_CONCURRENT = 5


@dataclass(eq=False)
class Removal:
    """Removes people from meetings, and bans them if that is asked for."""

    realtimekit: RealtimeKit
    meetings: Meetings
    operations: Operations
    bans: Bans
    places: Places

    async def remove(
        self,
        context: Context,
        meeting: MeetingChoice,
        people: Sequence[Person],
        *,
        block: bool = False,
        reason: str = "",
        also: Sequence[str] = (),
    ) -> Outcome:
        """Remove people, write it down, and announce what came of it.

        Args:
            people: each with a user id, or at least a custom id.
            block: also keep them out.
            also: custom ids of theirs, besides those under which they are in the meeting.

        Raises:
            Repeated: this was asked for before.
            RealtimeKitError: nothing was done, or nobody can tell.
        """
        title = display_title(meeting.title, meeting.id)
        operation = context.operation(
            "kick and block" if block else "kick",
            replace(meeting, title=title),
            people=tuple(display_name(person) for person in people),
            detail=reason,
        )
        shared: set[str | None] = set()
        if block:
            people, shared = await self._with_custom_ids(meeting, people)
        async with self.operations.once(operation) as attempt:
            outcome = await self._carry_out(meeting, people, context.now, block=block)
            if block:
                also = _out_among(also, people, outcome)
                outcome = await self._ban(context, meeting, people, outcome, shared=shared, also=also)
            attempt.outcome, attempt.state = removal.summary(outcome), outcome.state
            done = [known for _, known in outcome.removed if known] + (list(outcome.left) if block else [])
            attempt.people = [display_name(person) for person in done] if done else None
        await self._tell(context, outcome, replace(meeting, title=title), reason, also)
        return outcome

    async def _tell(
        self, context: Context, outcome: Outcome, meeting: MeetingChoice, reason: str, also: Sequence[str]
    ) -> None:
        context.outcome = outcome.state
        retry = context.retry if outcome.state is State.FAILED and outcome.failed else None
        removed = [known for _, known in outcome.removed if known]
        also = list(dict.fromkeys([*also, *from_slack(one.custom_id for one in [*removed, *outcome.kept_out])]))
        doubtful = (*outcome.not_blocked, *outcome.maybe_blocked)
        out = [one for one in (*removed, *outcome.kept_out) if one not in doubtful] if outcome.blocked else []
        allow = allow_value(meeting, out, context.request, also) if out else None
        keep_out = people_value(meeting, removed, context.request, s=also) if removed and not outcome.blocked else None
        said = removal.removed(
            outcome,
            meeting.title or "",
            context.request.user_id,
            reason=reason,
            retry=retry,
            button=removal.keep_out_button(keep_out, len(removed)) if keep_out else removal.allow_button(allow),
        )
        if not outcome.removed and not (outcome.blocked and outcome.state in (State.DONE, State.PARTLY)):
            await context.reply(said)
            return
        await context.announce(said)
        if out:
            await context.reply(removal.advice())

    async def _with_custom_ids(
        self, meeting: MeetingChoice, people: Sequence[Person]
    ) -> tuple[Sequence[Person], set[str | None]]:
        """People as the meeting knows them, and the custom ids that are shared with others.

        An option holds one id, and it is the other one that identifies returns, unless the page gave it to several.
        """
        try:
            everyone = await self.meetings.people(await self.meetings.live(meeting))
        except (NotLive, RealtimeKitError):
            return people, set()
        known = {person.key: person for person in everyone}
        asked = [known.get(person.key, person) for person in people]
        others = {person.custom_id for person in everyone if person.custom_id and person not in asked}
        names = {(person.custom_id, folded(person.name)) for person in asked}
        several = {custom_id for custom_id, _ in names if [one for one, _ in names].count(custom_id) > 1}
        return asked, others | several

    async def _ban(
        self,
        context: Context,
        meeting: MeetingChoice,
        people: Sequence[Person],
        outcome: Outcome,
        *,
        shared: Collection[str | None],
        also: Sequence[str],
    ) -> Outcome:
        """Remember who must not come back, and revoke what they got meanwhile. They are out already."""
        out = [person for person in outcome.gone(people) if person not in outcome.not_blocked]
        if not out:
            return outcome
        custom_ids = [person.custom_id for person in out if person.custom_id and person.custom_id not in shared]
        request = context.request
        try:
            await self.bans.add(meeting.id, [*custom_ids, *also], request.channel_id, request.user_id, context.now)
            # Whoever clicked Join before the ban was written may have a place since then.
            places = await self.places.known(meeting.id, [*custom_ids, *also])
        except StoreError as error:
            log.warning("ban not saved", request=request.request_id, error=str(error))
            # Whoever joins from Slack could get a new place.
            return replace(outcome, maybe_blocked=[*{*outcome.maybe_blocked, *out}])
        outcome = replace(outcome, noticed=len(custom_ids) == len(out))
        fresh = set(places.values()) - {person.user_id for person in out}
        states = await gather((delete_place(self.realtimekit, meeting.id, place) for place in fresh), MAX_CONCURRENT)
        if all(state is State.DONE for state in states):
            return outcome
        return replace(outcome, maybe_blocked=[*{*outcome.maybe_blocked, *out}])

    async def _carry_out(
        self, meeting: MeetingChoice, people: Sequence[Person], now: datetime, *, block: bool
    ) -> Outcome:
        """Kick people, and delete their places if they are to stay out."""
        try:
            outcome = await self._kick(meeting, people, now)
        except NoSession:
            if not block:
                raise
            outcome = Outcome(left=people)  # whoever is kept out need not be in
        finally:
            self.meetings.forget(meeting.id)
        return await self._delete_places(meeting, outcome, outcome.gone(people)) if block else outcome

    async def _kick(self, meeting: MeetingChoice, people: Sequence[Person], now: datetime) -> Outcome:
        known = [person for person in people if person.custom_id or is_uuid(person.user_id or "")]
        unaddressable = [person for person in people if person not in known]
        if not known:
            return Outcome(failed=unaddressable)
        try:
            removed = await self.realtimekit.kick(meeting.id, *ids_of(known))
        except NoSuchParticipant:
            outcome = await self._kick_one_by_one(meeting, known, now)
        except RealtimeKitError as error:
            if not error.may_have_happened:
                raise
            outcome = await self._look_what_happened(meeting, known, now, error)
        else:
            outcome = await self._confirmed(meeting, known, removed, now)
        return replace(outcome, failed=[*outcome.failed, *unaddressable])

    async def _kick_one_by_one(self, meeting: MeetingChoice, people: Sequence[Person], now: datetime) -> Outcome:
        """After a 404, which says that one of several is gone: kick those who are still there, each on their own."""
        here = await self._still_in(meeting, now)
        outcome = Outcome()
        if here is not None:
            outcome = Outcome(left=[person for person in people if person.key not in here])
            people = [here[person.key] for person in people if person.key in here]
        for result in await gather((self._kick_alone(meeting, person, here, now) for person in people), MAX_CONCURRENT):
            outcome += result
        return outcome

    async def _kick_alone(
        self, meeting: MeetingChoice, person: Person, here: Mapping[str, Person] | None, now: datetime
    ) -> Outcome:
        """Kick one person by user id, then by custom id: the documentation leaves open which of them a kick wants.

        By custom id only if nobody else in the meeting has the same one: some pages give it to all their guests.
        """
        by_user = [person.user_id] if person.user_id and is_uuid(person.user_id) else []
        alone = here is not None and [one.custom_id for one in here.values()].count(person.custom_id) == 1
        by_custom = [person.custom_id] if person.custom_id and (alone or not by_user) else []
        for user_ids, custom_ids in ((by_user, ()), ((), by_custom)):
            if user_ids or custom_ids:
                try:
                    removed = await self.realtimekit.kick(meeting.id, user_ids, custom_ids)
                except NoSuchParticipant:
                    continue
                except NoSession:
                    return Outcome(left=[person])
                except RealtimeKitError as error:
                    return Outcome(unsure=[person]) if error.may_have_happened else Outcome(failed=[person])
                return await self._confirmed(meeting, [person], removed, now)
        return Outcome(left=[person]) if here is None else Outcome(failed=[person])

    async def _look_what_happened(
        self, meeting: MeetingChoice, people: Sequence[Person], now: datetime, error: RealtimeKitError
    ) -> Outcome:
        """After a lost response: if all are gone, they were removed. If some are still in, they may yet be removed.

        One request removes all or nobody, so that the others left by themselves.
        """
        here = await self._still_in(meeting, now)
        if here is None or all(person.key in here for person in people):
            raise error
        gone = [person for person in people if person.key not in here]
        if len(gone) < len(people):
            return Outcome(left=gone, unsure=[person for person in people if person.key in here])
        return Outcome(removed=[(Reported(id=person.user_id), person) for person in gone])

    async def _confirmed(
        self, meeting: MeetingChoice, people: Sequence[Person], reported: Sequence[Reported] | None, now: datetime
    ) -> Outcome:
        """What the API says it did; who is missing from its answer is looked for, or everyone if it names nobody."""
        removed, missing = as_reported(people, reported or ())
        if reported is not None and all(known for _, known in removed):
            return Outcome(removed=removed) + await self._look_for(meeting, missing, now)
        # It names nobody, or people under ids that we did not send.
        here = await self._still_in(meeting, now) if missing else {}
        gone = [person for person in missing if here is not None and person.key not in here]
        named: list[tuple[Reported, Person | None]] = [(one, known) for one, known in removed if known]
        named += [(Reported(id=person.user_id), person) for person in gone]
        return Outcome(removed=named, unsure=[person for person in missing if person not in gone])

    async def _look_for(self, meeting: MeetingChoice, people: Sequence[Person], now: datetime) -> Outcome:
        """People whom the API did not name among those it removed: had they left, or are they still in?"""
        here = await self._still_in(meeting, now) if people else {}
        if here is None:
            return Outcome(unsure=people)
        left = [person for person in people if person.key not in here]
        return Outcome(left=left, failed=[person for person in people if person.key in here])

    async def _still_in(self, meeting: MeetingChoice, now: datetime) -> dict[str, Person] | None:
        """Who is in the meeting by a fresh read; None if that cannot be known."""
        people = await self.meetings.verified_people(meeting, now)
        return None if people is None else {person.key: person for person in people}

    async def _delete_places(self, meeting: MeetingChoice, outcome: Outcome, people: Sequence[Person]) -> Outcome:
        """Delete people's places in the meeting, which revokes their tokens."""
        states = list(
            zip(
                people,
                await gather(
                    (delete_place(self.realtimekit, meeting.id, one.user_id, one) for one in people), MAX_CONCURRENT
                ),
                strict=True,
            )
        )
        return replace(
            outcome,
            blocked=True,
            not_blocked=[person for person, state in states if state is State.FAILED],
            maybe_blocked=[person for person, state in states if state is State.UNKNOWN],
        )


def _out_among(custom_ids: Sequence[str], people: Sequence[Person], outcome: Outcome) -> Sequence[str]:
    """Of the custom ids of those who were mentioned, those of people who are out: nobody else is kept out."""
    if not (outcome.failed or outcome.unsure):
        return custom_ids
    return [one for one in custom_ids if one in {person.custom_id for person in outcome.gone(people)}]
