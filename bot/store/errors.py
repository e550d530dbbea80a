"""What can go wrong with the database.

StoreError
├── Unreachable      it does not answer, or not as it should
├── NewerSchema      it was made by a newer Usher
├── BadRevision      it cannot be taken back to there
└── BadUrl           `DATABASE_URL` names none
"""


class StoreError(Exception):
    """Root of everything that can go wrong with the database.

    Attributes:
        may_have_happened: whether what was to be written may be there all the same.
    """

    may_have_happened = False


class Unreachable(StoreError):
    """The database does not answer, refuses us, or is locked, full or read-only.

    Attributes:
        where: the host or the file, without a password.
        cause: the kind of the failure, and what the driver says of it.
    """

    def __init__(self, where: str, cause: str) -> None:
        super().__init__(f"{where}: {cause}")
        self.where, self.cause = where, cause


class BadUrl(StoreError):
    """`DATABASE_URL` names no database that Usher can use."""


class NewerSchema(StoreError):
    """The schema is of a revision that this Usher does not know."""

    def __init__(self, where: str, revision: str) -> None:
        super().__init__(f"{where}: its schema, revision {revision}, was made by a newer Usher")
        self.where, self.revision = where, revision


class BadRevision(StoreError):
    """No revision that the schema could be taken back to."""
