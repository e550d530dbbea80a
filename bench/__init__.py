"""Speed, measured: `make bench`. Loads a bare Bolt app and Usher in one run, and prints how they compare."""
