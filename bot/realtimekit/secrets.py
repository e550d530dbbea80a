"""What RealtimeKit answers of places and recordings, whose tokens and links are secrets."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

from bot.realtimekit.fields import Count, Moment, Number, Text, one_of
from bot.realtimekit.models import Model


def _secret(value: object) -> SecretStr | None:
    if isinstance(value, SecretStr):
        return value
    return SecretStr(value) if isinstance(value, str) and value else None


class Place(Model):
    """A person's place in a meeting (`POST meetings/{id}/participants`): who has its token is let in.

    Attributes:
        id: what kick, mute and delete expect, and sessions show as `user_id`.
        token: a password; only where the API was asked for one.
    """

    id: Text = None
    token: Annotated[SecretStr | None, BeforeValidator(_secret)] = None
    custom_id: Text = Field(None, validation_alias="custom_participant_id")
    name: Text = None
    preset: Text = Field(None, validation_alias="preset_name")
    created_at: Moment = None

    def made(self) -> float:
        """When it was made, in seconds since 1970."""
        return self.created_at.timestamp() if self.created_at else 0.0


class RecordingStatus(StrEnum):
    """How far a recording has come."""

    INVOKED = "INVOKED"
    RECORDING = "RECORDING"
    PAUSED = "PAUSED"
    UPLOADING = "UPLOADING"
    UPLOADED = "UPLOADED"
    ERRORED = "ERRORED"
    UNKNOWN = "UNKNOWN"


def _first_secret(value: object) -> SecretStr | None:
    return _secret(value[0] if isinstance(value, list) and value else value)


def _caller(value: object) -> str | None:
    caller = value.get("caller") if isinstance(value, dict) else None
    name = caller.get("name") if isinstance(caller, dict) else None
    return name if isinstance(name, str) and name.strip() else None


class Recording(Model):
    """A recording of a session (`GET recordings/{id}`).

    Attributes:
        url: of the file; whoever has it can read it, until `url_expires_at`.
        size: in bytes. seconds: its length.
        by: who started it inside the meeting; None if that was done through the API.
    """

    id: Text = None
    status: Annotated[RecordingStatus, one_of(RecordingStatus, RecordingStatus.UNKNOWN)] = RecordingStatus.UNKNOWN
    session_id: Text = None
    invoked_at: Moment = Field(None, validation_alias="invoked_time")
    started_at: Moment = Field(None, validation_alias="started_time")
    stopped_at: Moment = Field(None, validation_alias="stopped_time")
    url: Annotated[SecretStr | None, BeforeValidator(_first_secret)] = Field(None, validation_alias="download_url")
    url_expires_at: Moment = Field(None, validation_alias="download_url_expiry")
    size: Count = Field(None, validation_alias="file_size")
    seconds: Number = Field(None, validation_alias="recording_duration")
    by: Annotated[str | None, BeforeValidator(_caller)] = Field(None, validation_alias="start_reason")

    def __hash__(self) -> int:
        """Cheap, and alike for what is equal."""
        return hash((self.id, self.status))

    @property
    def is_active(self) -> bool:
        """Whether it goes on, paused or not."""
        return self.status in (RecordingStatus.INVOKED, RecordingStatus.RECORDING, RecordingStatus.PAUSED)

    @property
    def is_paused(self) -> bool:
        """Whether it is paused."""
        return self.status is RecordingStatus.PAUSED

    @property
    def since(self) -> datetime | None:
        """When it began."""
        return self.started_at or self.invoked_at
