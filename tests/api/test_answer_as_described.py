"""What is answered has the shape the OpenAPI document gives it."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from tests.api.conftest import caller_of
from tests.test_rights import MAKERS, World

pytestmark = pytest.mark.django_db
#: Answers of these need more than one record that is there.
UNASKED = ("/api/v1/kpis/", "/api/v1/search/")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(public=True)


def faults(document: dict[str, Any], operation: dict[str, Any], response: Any, what: str) -> list[str]:
    """How an answer differs from its description."""
    said = operation["responses"].get(str(response.status_code))
    if said is None:
        return [f"{what}: {response.status_code} is not described: {response.content[:200]!r}"]
    kind = response.headers.get("Content-Type", "").split(";")[0]
    content = said.get("content", {})
    if "*/*" in content:
        return []
    if bool(kind) is not bool(content) or (content and kind not in content):
        return [f"{what}: {kind} is not described"]
    if not kind.endswith("json"):
        return []
    schema = {**content[kind]["schema"], "components": document["components"]}
    return [
        f"{what}: {error.json_path} {error.message[:200]}"
        for error in Draft202012Validator(schema).iter_errors(response.json())
    ]


def test_every_list_and_record_reads_as_described(document: dict[str, Any]) -> None:
    world = World.of("admin")
    caller, made, found, asked = caller_of(world.caller), {}, [], 0
    for path, methods in document["paths"].items():
        if "get" not in methods or path in UNASKED or path.count("{") > ("{id}" in path):
            continue
        resource = methods["get"]["tags"][0]
        if resource in MAKERS and resource not in made:
            made[resource] = MAKERS[resource](world.caller, world).pk
        if "{id}" in path and resource not in made:
            continue
        answer = caller.get(path.replace("{id}", str(made.get(resource))))
        found += faults(document, methods["get"], answer, f"GET {path}")
        asked += 1
    assert not found, "\n".join(found)
    assert asked > 80


def test_a_lead_that_is_entered_refused_or_changed_answers_as_described(document: dict[str, Any]) -> None:
    caller = caller_of(World.of("admin").caller)
    leads, lead = document["paths"]["/api/v1/leads/"], document["paths"]["/api/v1/leads/{id}/"]
    entered = caller.post("leads/", {"contact_name": "李天佑", "email": "t@y.example", "need_fit": 60})
    assert entered.status_code == 201
    again = caller.post("leads/", {"contact_name": "李天佑", "email": "t@y.example"})
    assert again.status_code == 409
    wrong = caller.post("leads/", {"need_fit": 900})
    assert wrong.status_code == 400
    changed = caller.patch(f"leads/{entered.json()['id']}/", {"budget": "1000.00", "outcome": 1})
    assert changed.status_code == 200
    for operation, answer in ((leads["post"], entered), (leads["post"], again), (leads["post"], wrong),
                              (lead["patch"], changed)):  # fmt: skip
        assert faults(document, operation, answer, "a lead") == []
