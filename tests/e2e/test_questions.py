"""The questions of docs/questions.md over the sample account."""

import json
import re

import pytest
from conftest import ROOT
from test_permissions import Inventory, Search

from sample import account as sample

QUERY = re.compile(r"```sql\n(.+?)\n```", re.DOTALL)
PAGE = (ROOT / "docs/questions.md").read_text()


@pytest.fixture
def search(stack, clients, account, signed, eventually):
    """The sample account, imported."""
    inventory = Inventory(stack, clients("s3", local=True), account, signed, eventually)
    for kind, make in sample.DOCUMENTS.items():
        inventory.accept(f"{kind}.json", json.dumps(make()))
    return Search(stack, signed())


def test_each_question_has_the_rows_and_the_warnings_that_the_page_names(search):
    questions = PAGE.split("\n## ")[1:]
    assert [question.split(".")[0] for question in questions] == [str(number) for number in range(1, 26)]
    expected, found = {}, {}
    for question in questions:
        title, answers = question.split("\n")[0], question.split("In the sample account: ")[1]
        sources, _, warnings = answers.partition("The reply has the warning")
        answer = search.post("/api/v1/permission", {"query": QUERY.search(question)[1], "limit": 10000})
        assert answer.status_code == 200, f"{title}: {answer.text}"
        reply = answer.json()
        names = sorted({row["sourceResourceName"] for row in reply["data"]["items"]})
        found[title] = (names, sorted({warning["code"] for warning in reply.get("warnings", [])}))
        expected[title] = (re.findall("`(.+?)`", sources), re.findall("`(.+?)`", warnings))
    assert found == expected, json.dumps(found)
