"""Prints the template for `sam local` on this machine, as JSON: `adapted_template.py ARCHITECTURE FOLDER NAME=VALUE…`

Three things differ from `template.yaml`. The code of a function lies in a folder of its own below FOLDER, the functions are for
the processor of this machine, and they have the variables NAME=VALUE more, which lead to the services of the local stack: SAM
gives a function no variable that the template does not name.
"""

import json
import sys
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

architecture, folder, *variables = sys.argv[1:]
template = yaml_parse(Path("template.yaml").read_text())
everywhere = template["Globals"]["Function"]
everywhere["Architectures"] = [architecture]
everywhere["Environment"]["Variables"].update(variable.split("=", 1) for variable in variables)
for body in template["Resources"].values():
    if body["Type"] == "AWS::Serverless::Function":
        binary = body.pop("Metadata")["BuildProperties"]["Binary"]
        body["Properties"]["CodeUri"] = str(Path(folder) / binary)
json.dump(template, sys.stdout)
