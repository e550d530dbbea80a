"""The command line: one module per subcommand, each with `run(arguments, settings)`, which returns the exit status."""

BAD_SETTINGS, NO_DATABASE, NO_SOCKET, NO_PORT = 2, 3, 4, 5
"""Exit statuses."""
