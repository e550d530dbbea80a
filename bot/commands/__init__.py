"""What people ask for: one module a slice, with its command, its modal's and its buttons' handlers together."""
