"""What Usher remembers: links, hosts and the journal, in SQLite or PostgreSQL. Knows no Slack."""
