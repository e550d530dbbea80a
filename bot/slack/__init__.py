"""Slack: requests in, acknowledgments and messages out, by way of Bolt."""
