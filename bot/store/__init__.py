"""What Usher remembers, a module for each kind of thing, in SQLite or PostgreSQL. Knows no Slack."""
