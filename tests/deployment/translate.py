"""Prints the template as CloudFormation gets it, with the values that parameters have by default."""

import copy
import json
import sys

from test_template import TEMPLATE, translate_all

json.dump(translate_all(copy.deepcopy(TEMPLATE), {}), sys.stdout, default=str)
