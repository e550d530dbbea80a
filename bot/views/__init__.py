"""Pure functions: a domain object in, Block Kit out. No I/O, no clock of their own."""
