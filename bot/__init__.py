"""Usher: run your Cloudflare RealtimeKit meetings from Slack."""
