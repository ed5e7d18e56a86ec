"""The document of the API is true: generated requests to every operation of a node with live calls.

`bench/api_properties.py` sends many more of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.parts.api_properties import PropertyRun
from tests.parts.api_world import ApiWorld
from voicegw.model.directory import Role

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiWorld]:
    """A node with one of everything."""
    made = ApiWorld(tmp_path_factory.mktemp("world"))
    yield made
    made.close()


@pytest.mark.timeout(400)  # a minute where nothing else runs
def test_every_operation_keeps_its_promises(world: ApiWorld) -> None:
    run = PropertyRun(world, examples=3, phases=("examples", "fuzzing"))
    run.scenes()
    generated = list(run.generated())
    assert len(generated) == len(run.chosen)
    check(run)
    assert not list(run.unreached())


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_every_role_is_answered_as_documented(world: ApiWorld, role: Role) -> None:
    run = PropertyRun(world, examples=1, phases=("fuzzing",), who=world.key_of(role))
    generated = list(run.generated())
    assert len(generated) == len(run.chosen)
    check(run)


def check(run: PropertyRun) -> None:
    """Fail with every promise that was broken."""
    broken = list(run.failures())
    assert not broken, "\n\n".join(broken)
