"""Runs the AWS CLI on each line of the input, a list of arguments: one start of Python for many commands."""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver

driver = create_clidriver()
for line in sys.stdin:
    shown, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(error):
        code = driver.main(json.loads(line))
    print(json.dumps({"code": code, "shown": shown.getvalue(), "error": error.getvalue()}), flush=True)
