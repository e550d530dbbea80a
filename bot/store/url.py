"""`DATABASE_URL` in all the forms that providers give it, as the async drivers want it. Pure, but for certificates.

asyncpg takes few of libpq's parameters, and SQLAlchemy hands all that a URL holds on to it: what is not known here
would stop the start. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

import re
import ssl
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.store.errors import BadUrl

log = structlog.get_logger(__name__)

DATABASE_TIMEOUT = 5.0
MAX_POOL, MAX_OVERFLOW = 3, 4
_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
_MODE_ALIASES = {"no-verify": "require", "true": "require", "1": "require", "false": "disable", "0": "disable"}
_SSL = {"sslmode", "ssl", "sslrootcert", "sslcert", "sslkey"}
_SCHEMA = ("schema", "currentSchema", "search_path")
_POOLER = {"pgbouncer": "true", "pool_mode": "transaction", "statement_cache_size": "0", "prepared_statements": "false"}
"""By which a URL says that a pooler in transaction mode is between: then a prepared statement may be gone."""
_KEPT = {"host", "port"}


def parse_url(raw: str) -> tuple[URL, dict[str, Any], dict[str, Any]]:
    """A URL for SQLAlchemy, the driver's connection arguments, and the pool's. Raises `BadUrl`.

    Without a mode asyncpg tries TLS first and accepts plain text as well, which suits private networks that offer none.
    """
    if raw.count("@") > 1:
        # What SQLAlchemy takes for the host would then be a part of the password, and hosts are printed.
        raise BadUrl("DATABASE_URL: an @ in the password must be written as %40")
    host = re.split("[/?]", raw.rpartition("@")[2] if "@" in raw else raw.partition("//")[2])[0]
    if raw.startswith("postgres") and "," in host:
        raise BadUrl("DATABASE_URL lists several hosts: use only one")
    try:
        url = make_url(raw)
    except (SQLAlchemyError, ValueError):
        raise BadUrl("DATABASE_URL is not the URL of a database") from None
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite" and url.database in (None, "", ":memory:"):
        raise BadUrl("DATABASE_URL must name a file: sqlite:///usher.db")
    if kind == "sqlite":
        return url.set(drivername="sqlite+aiosqlite"), {"timeout": DATABASE_TIMEOUT}, {}
    if kind not in ("postgres", "postgresql") or not (url.host or "host" in url.query):
        raise BadUrl("DATABASE_URL must start with sqlite:///, or with postgres:// and a host name")
    query = {key: value if isinstance(value, str) else value[-1] for key, value in url.query.items()}
    kept = {key: value for key, value in query.items() if key in _KEPT}
    return url.set(drivername="postgresql+asyncpg", query=kept), _arguments(query), _pool(query)


def _arguments(query: dict[str, str]) -> dict[str, Any]:
    arguments: dict[str, Any] = {"timeout": DATABASE_TIMEOUT, "command_timeout": DATABASE_TIMEOUT}
    if (mode := _ssl(query)) is not None:
        arguments["ssl"] = mode
    server = dict(re.findall(r"(?:-c\s*|--)([\w.]+)=(\S+)", query.get("options", "")))
    server |= {"application_name": query["application_name"]} if "application_name" in query else {}
    if path := next((query[key] for key in _SCHEMA if key in query), None):
        server["search_path"] = path
    if server:
        arguments["server_settings"] = server
    if any(query.get(key, "").lower() == value for key, value in _POOLER.items()):
        arguments |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
        arguments["prepared_statement_name_func"] = lambda: f"__usher_{uuid4()}__"
    known = {*_KEPT, *_SSL, *_SCHEMA, *_POOLER, "options", "application_name", "connection_limit"}
    if unknown := sorted(query.keys() - known):
        log.info("database url parameters ignored", parameters=unknown)
    return arguments


def _pool(query: dict[str, str]) -> dict[str, Any]:
    limit = query.get("connection_limit", "")
    most = max(1, int(limit)) if limit.isdecimal() and len(limit) < 5 else MAX_POOL + MAX_OVERFLOW
    size = min(MAX_POOL, most)
    return {"pool_size": size, "max_overflow": min(MAX_OVERFLOW, most - size), "pool_recycle": 280}


def _ssl(query: dict[str, str]) -> str | ssl.SSLContext | None:
    """Asyncpg's `ssl`: a mode, or a context where the URL names certificates."""
    asked = query.get("sslmode") or query.get("ssl")
    mode = _MODE_ALIASES.get((asked or "").lower(), (asked or "").lower()) or None
    if mode and mode not in _MODES:
        raise BadUrl(f"DATABASE_URL: sslmode must be one of {', '.join(sorted(_MODES))}")
    root, certificate = query.get("sslrootcert"), query.get("sslcert")
    if mode == "disable" or not (root or certificate):
        return mode
    try:
        context = ssl.create_default_context(cafile=root if root != "system" else None)
        if certificate:
            context.load_cert_chain(certificate, query.get("sslkey"))
    except OSError:
        raise BadUrl("DATABASE_URL: the certificates that it names cannot be read") from None
    context.check_hostname = mode == "verify-full" or root == "system"
    if not root and mode != "verify-full":
        context.verify_mode = ssl.CERT_NONE
    return context
