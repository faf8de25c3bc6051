"""The API's description shows an example of everything that is sent and answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter

from api.errors import REFUSALS
from api.schemas import (
    classify,
    examples,
    gallery,
    items,
    jobs,
    keys,
    learning,
    models,
    search,
    taxonomies,
)
from api.schemas.errors import ErrorBody
from search.errors import ERROR_CODES
from tests.support.services import Service

_MODULES = (classify, gallery, items, jobs, keys, learning, models, search, taxonomies)
_JSON = "application/json"


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def names(content: dict[str, Any]) -> Iterator[str]:
    """The schemas that bodies are made of, those of lists too."""
    for kind in content.values():
        schema = kind.get("schema", {})
        reference = schema.get("$ref") or schema.get("items", {}).get("$ref")
        if reference:
            yield reference.rpartition("/")[2]


def test_every_body_has_an_example(unchanged: Service) -> None:
    document = unchanged.client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    seen = set()
    for operation in operations(document):
        seen |= set(names(operation.get("requestBody", {}).get("content", {})))
        for response in operation["responses"].values():
            seen |= set(names(response.get("content", {})))
    assert {name for name in seen if not schemas[name].get("examples")} == set()
    assert len(seen) > 20


@pytest.mark.parametrize("name", sorted(set(examples.EXAMPLES) - {"Health"}))
def test_an_example_is_of_the_form_that_it_shows(name: str) -> None:
    (model,) = {vars(module)[name] for module in _MODULES if name in vars(module)}
    adapter = TypeAdapter(model)
    shown = examples.EXAMPLES[name]
    dumped = adapter.dump_python(adapter.validate_python(shown), mode="json")
    assert {key: dumped[key] for key in shown} == shown


def test_every_refusal_has_an_example_of_its_own(unchanged: Service) -> None:
    words = {code.word: code.http_status for code in ERROR_CODES.values()}
    words |= {"invalid": 422, "method_not_allowed": 405}
    assert set(examples.REFUSED) == set(REFUSALS)
    document = unchanged.client.get("/openapi.json").json()
    seen = 0
    for operation in operations(document):
        for status, response in operation["responses"].items():
            shown = response.get("content", {}).get(_JSON, {}).get("example")
            if shown is not None:
                assert words[ErrorBody(**shown).code] == int(status)
                seen += 1
    assert seen > 200


def test_picture_as_the_body_is_shown_by_a_command(unchanged: Service) -> None:
    document = unchanged.client.get("/openapi.json").json()
    search = document["paths"]["/v1/galleries/{gallery}/search"]["post"]
    assert {"image/*", "multipart/form-data", _JSON} < set(search["requestBody"]["content"])
    assert "--data-binary @shoe.jpg" in unchanged.client.get("/docs").text


def test_page_of_the_description_sets_code_as_code_and_explains_every_parameter(
    unchanged: Service,
) -> None:
    page = unchanged.client.get("/docs").text
    said = re.sub("<(pre|code)>.*?</\\1>", "", page, flags=re.DOTALL)
    assert "`" not in said
    assert "<code>next</code> of the page before this one." in page
    rows = re.findall(
        r"<tr><td><code>[^<]+</code></td><td>(?:path|query)[^<]*</td><td>(.*?)</td>", page
    )
    assert len(rows) > 50
    assert [row for row in rows if not row] == []
