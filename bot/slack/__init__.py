"""Slack: requests in, acknowledgements and messages out, by way of Bolt."""
