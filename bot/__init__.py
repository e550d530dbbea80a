"""Usher: run your Cloudflare RealtimeKit meetings from Slack."""

VERSION = "0.1.0"
"""The package's version too; see `pyproject.toml`."""
