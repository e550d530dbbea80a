"""What can come of a call to RealtimeKit besides an answer.

    RealtimeKitError
    ├── NotFound
    │   ├── NoSession             the meeting has no live session
    │   ├── NoSuchParticipant     nobody there has this id
    │   ├── NoSuchMeeting
    │   ├── NoRecording           nothing is recorded, or the file is gone
    │   └── NotReady              there is no transcript or summary (yet)
    ├── NoRoute                   Cloudflare's gateway knows no such account or app
    ├── NotAuthorized             401, 403: the token or its permission
    │   └── MalformedToken        the gateway could not even read the token
    ├── RateLimited               429, with `retry_after` where it was said
    ├── Conflict                  409: it is there already
    ├── Rejected                  another 4xx: the API does not take the request
    ├── Unavailable               5xx, a refused or cut connection
    ├── TimedOut                  no answer in time
    │   └── CircuitOpen           it was not even called, since it has not answered lately
    └── NotUnderstood             an answer that is not what it should be

Each carries facts as attributes; the words for people are made in `views/failures.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a failed call.

    Attributes:
        endpoint: its name in `wire`, such as `kick`.
        code: the first number in the body: an HTTP status of RealtimeKit's, or a code of Cloudflare's gateway.
        message: the API's own words: data from outside, for the log and never for people.
        may_have_happened: whether the request may have taken effect all the same.
        retry_after: seconds to wait, if the API said so.
    """

    endpoint: str
    status: int | None = None
    code: int | None = None
    message: str | None = None
    cf_ray: str | None = None
    may_have_happened: bool = False
    retry_after: float | None = None


class RealtimeKitError(Exception):
    """Root of everything that can go wrong with RealtimeKit."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(f"{facts.endpoint}: {type(self).__name__} (HTTP {facts.status}, code {facts.code})")
        self.facts = facts

    @property
    def may_have_happened(self) -> bool:
        """Whether the request may have taken effect all the same."""
        return self.facts.may_have_happened


class NotFound(RealtimeKitError):
    """404, by RealtimeKit itself: what the request names is not there."""


class NoSession(NotFound):
    """The meeting has no live session."""


class NoSuchParticipant(NotFound):
    """Nobody there has this id."""


class NoSuchMeeting(NotFound):
    """The app has no such meeting."""


class NoRecording(NotFound):
    """Nothing is being recorded, or there is no such recording."""


class NotReady(NotFound):
    """The session has no transcript or no summary, or not yet."""


class NoRoute(RealtimeKitError):
    """Cloudflare's gateway knows no such account or app; the request did not reach RealtimeKit."""


class NotAuthorized(RealtimeKitError):
    """401 or 403: the token is wrong, or lacks the permission Realtime."""


class MalformedToken(NotAuthorized):
    """400: the gateway could not read the token, as with quotes around it or a line break in it."""


class RateLimited(RealtimeKitError):
    """429: too many calls on this Cloudflare account. Nothing was done."""

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, where the API said so."""
        return self.facts.retry_after


class Conflict(RealtimeKitError):
    """409: what was to be made is there already. Nothing was done."""


class Rejected(RealtimeKitError):
    """Another 4xx: the API does not take the request. Nothing was done."""


class Unavailable(RealtimeKitError):
    """5xx, or the connection was refused or cut."""


class TimedOut(RealtimeKitError):
    """No answer in time: before the request was out (nothing happened), or after (it may have)."""


class CircuitOpen(TimedOut):
    """The API was not called, since it has not answered lately. Nothing was done."""


class NotUnderstood(RealtimeKitError):
    """The answer is not what it should be: no JSON, no object, or a failure under a good status."""
