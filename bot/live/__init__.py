"""Messages that follow a meeting: live cards, notices, summaries, returns of banned people."""
