"""RealtimeKit's REST API: `wire` decides, `client` does, `models` and `errors` say what came of it. Knows no Slack."""
