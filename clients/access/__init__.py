"""A command-line client of the access governance API. `bin/access` starts it."""
