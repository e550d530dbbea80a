"""Files that Usher sends to the person who asked for them, by direct message."""

from bot.views import parts
from bot.views.failures import FailureText
from bot.views.parts import Message

SEND_FILE = FailureText("The file wasn't sent.", "The file may be in your messages with Usher. Check there first.")


def sent(name: str) -> Message:
    """The file is on its way."""
    return parts.message(f"Sent. You'll find *{parts.safe(name, 150)}* in your messages with Usher.")
