"""Conformance with the service models of the AWS SDKs.

`model` reads them, `patterns` and `variants` make values on both sides of every constraint, `cases` puts them into
requests, `wire` sends these, `judge` says what the model and the contract want, `replies` compares the answer. `sitewise`
and `analyzer` hold what no model says: what there is to refer to, and the rules beyond the model.
"""
