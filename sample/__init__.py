"""A sample account of our own making. `make sample` loads it into the running local stack."""
