"""Conformance with the service models of the AWS SDKs.

`model` reads them, `patterns` and `variants` make values on both sides of every constraint, `cases` puts them into
requests, `wire` sends these, `judge` says what the model wants, `replies` compares the answer. `sitewise` and `analyzer`
hold what no model says: what there is to refer to, and the rules beyond the model. Each of those names its source in
brackets: a section of the specification of its family, or our own page about it.
"""
