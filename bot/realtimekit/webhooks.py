"""Webhooks as values: whether RealtimeKit signed a delivery, and what it tells of. No I/O.

https://developers.cloudflare.com/realtime/realtimekit/webhooks/
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sanitize import sanitize
from bot.settings import MEETING_ID

if TYPE_CHECKING:  # it costs 8 MiB and a tenth of a second: only who is sent webhooks pays for it
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

STARTED, ENDED = "meeting.started", "meeting.ended"
JOINED, LEFT = "meeting.participantJoined", "meeting.participantLeft"
RECORDING, TRANSCRIPT, SUMMARY = "recording.statusUpdate", "meeting.transcript", "meeting.summary"
LEFT_BEHIND = (RECORDING, TRANSCRIPT, SUMMARY)
EVENTS = (STARTED, ENDED, JOINED, LEFT, *LEFT_BEHIND)
"""The events that Usher wants."""
PATH = "/realtimekit/webhook"
"""Where Usher receives deliveries."""
MAX_SIGNATURE = 2048


class MalformedPayload(ValueError):
    """A signed body that is no JSON."""


class NoKey(ValueError):
    """What was published is no RSA public key."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a meeting.

    Attributes:
        name: one of `EVENTS`.
        custom_id: who joined or left, by the id that the join page gave; there is no user id in webhooks.
    """

    name: str
    meeting_id: str
    custom_id: str | None = None


def key_in(body: bytes) -> "RSAPublicKey":
    """The key in what is published: `{"success": true, "data": {"publicKey": "-----BEGIN PUBLIC KEY…"}}`.

    Raises:
        NoKey: it holds none.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    try:
        key = load_pem_public_key(str(json.loads(body)["data"]["publicKey"]).encode())
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NoKey from None
    if not isinstance(key, RSAPublicKey):
        raise NoKey
    return key


def signature_in(header: str | None) -> bytes | None:
    """The signature in `rtk-signature`; None where there is none that could be one."""
    if not header or len(header) > MAX_SIGNATURE or not header.isascii():
        return None
    try:
        return base64.b64decode(header, validate=True) or None
    except binascii.Error:
        return None


def signed(raw: bytes, signature: bytes, key: "RSAPublicKey") -> bool:
    """Whether the key's owner signed this body: RSA-SHA256, PKCS#1 v1.5, over the raw bytes."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    try:
        key.verify(signature, raw, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def event_in(raw: bytes) -> Event | None:
    """What a signed body tells of; None for what Usher has no use for. Raises `MalformedPayload`: it is no JSON."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise MalformedPayload from None
    if not isinstance(body, dict):
        return None
    person = _object(body, "participant")
    # Published flat and nested; a recording holds it too.
    recording = _object(body, "recording")
    given = (_object(body, "meeting").get("id"), body.get("meetingId"), recording.get("meetingId"))
    meeting_id = next((str(one).lower() for one in given if one), "")
    if body.get("event") not in EVENTS or not MEETING_ID.fullmatch(meeting_id):
        return None
    custom = _text(person, "customParticipantId") or _text(person, "clientSpecificId")
    return Event(str(body["event"]), meeting_id, custom)


def _object(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _text(body: Mapping[str, Any], key: str) -> str | None:
    value = body.get(key)
    return sanitize(value) if isinstance(value, str) and value else None
