"""Usher: run your Cloudflare RealtimeKit meetings from Slack."""

VERSION = "0.1.0"
"""`pyproject.toml` has the same, which a test makes sure of."""
