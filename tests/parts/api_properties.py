"""Every operation of the API, by generated requests and all of schemathesis' checks."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from schemathesis.checks import CheckContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.generation.case import Case
from schemathesis.hooks import HookContext, unregister
from schemathesis.schemas import APIOperation, BaseSchema

from tests.parts.api_scenes import SCENES, Scene
from tests.parts.api_world import TOKEN, ApiWorld

PHASES: Final = ("examples", "coverage", "fuzzing", "stateful")
SEED: Final = 20260105
_ALIASES: Final = {
    "owner_id": "manager_id",
    "deputy_id": "manager_id",
    "parent_id": "group_id",
}
"""Names of fields that take the ids of another name."""


_NO_FAULTS_OF_THE_API: Final = (
    "2xx", "302", "304", "401", "403", "404", "406", "409", "410", "412", "416", "422", "503",
)  # fmt: skip
"""How a request that fits its description may be answered."""
_REFUSALS: Final = (
    "400", "401", "403", "404", "405", "406", "409", "410", "412", "413", "414", "415", "422",
    "431", "503",
)  # fmt: skip
"""How one that doesn't may be."""
_ITEM_BY_ITEM: Final = ("syncCustomers",)
"""Operations that take the good items and tell of each bad one in a 200."""
_LOCKED_OUT: Final = ("logIn",)
"""Operations that leave who guesses waiting, whatever is guessed next."""
_REASONS_TO_WAIT: Final = frozenset(
    {"trunk-full", "group-full", "too-many-exports", "too-many-imports"}
)
"""Codes of 503 that a node in order gives, because it was asked for too much."""


@dataclass
class OperationReport:
    """What came of one operation. `failures` are told once a kind."""

    label: str
    operation_id: str
    leads_elsewhere: bool = False
    """Whether it succeeds by a redirect, and no answer of it is 2xx."""
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def examples(self) -> int:
        """How many requests were sent."""
        return sum(self.statuses.values())

    @property
    def succeeded(self) -> bool:
        """Whether one of them was answered with a 2xx, or as what only redirects."""
        good = range(300, 304) if self.leads_elsewhere else range(200, 300)
        return any(status in good for status in self.statuses)


class PropertyRun:
    """One run over the whole document that the node serves."""

    def __init__(
        self,
        world: ApiWorld,
        *,
        examples: int,
        phases: Sequence[str] = PHASES,
        who: Mapping[str, str] | None = None,
        share: tuple[int, int] = (1, 1),
        on_event: Callable[[], None] = lambda: None,
    ) -> None:
        """`examples` requests an operation are generated in each of `phases` that counts them.

        `who` is the header that generated requests carry; without it, the administrator's. With a
        `share` of (2, 5), they are only for the second of each five operations. `on_event` is
        called now and then while they are sent.
        """
        self._world = world
        document = world.api.get("/openapi.json").json()
        self.reports = {
            f"{method.upper()} {path}": OperationReport(
                f"{method.upper()} {path}",
                operation["operationId"],
                leads_elsewhere=not any(
                    status.startswith("2") for status in operation["responses"]
                ),
            )
            for path, method, operation in operations_of(document)
        }
        self.schema = _schema(
            world, seeded(document, world.names()), examples, phases, who or _auth(world)
        )
        part, parts = share
        if parts > 1:
            ids = sorted(report.operation_id for report in self.reports.values())
            self.schema = self.schema.include(operation_id=ids[part - 1 :: parts])
        self._plain = _schema(world, document, 1, (), {})
        self._on_event = on_event

    def scenes(self) -> None:
        """Send for each operation the request that is known to do; what deletes comes last."""
        for label, report in sorted(self.reports.items(), key=lambda one: "DELETE " in one[0]):
            operation = self._plain.find_operation_by_label(label)
            assert operation is not None, label
            given = SCENES.get(report.operation_id)
            if given is None and _needs_body(operation):
                continue
            given = given or Scene()
            names = [one.name for one in operation.path_parameters]
            path = {name: given.path.get(name, token_of(name, operation.path)) for name in names}
            if not all(self._world.has(value) for value in path.values()):
                continue  # generated requests may still find one
            who = self._who(given, path)
            path = self._world.resolved(path, fresh=given.fresh or operation.method == "delete")
            case: Case[Any] = operation.Case(
                path_parameters=path,
                query=self._world.resolved(dict(given.query)),
                headers=dict(given.headers) | who,
                **_body(self._world, given),
            )
            self._send(report, case)

    def _who(self, given: Scene, path: dict[str, str]) -> dict[str, str]:
        """Return the header fields of who sends a scene; what `path` names may be changed."""
        match given.role:
            case "":
                return {}
            case "admin":
                return _auth(self._world)
            case "browser":
                return self._world.sent_back()
            case "manager":
                path |= self._world.resolved(path)
                review = self._world.ask("GET", f"reviews/{path['review_id']}", 200)
                return self._world.key(role="manager", manager_id=review["manager_id"])
            case role if role.startswith("person"):
                return self._world.log_in(role.rpartition(" ")[2] if " " in role else "")
            case role:
                return self._world.key(role=role)

    def generated(self) -> None:
        """Have schemathesis do the rest."""
        with _tokens_resolved(self._world):
            for event in from_schema(self.schema).execute():
                self._take(event)
                self._on_event()

    def failures(self) -> Iterator[str]:
        """Yield what broke the document's promises."""
        for report in self.reports.values():
            for name, told in report.failures.items():
                yield f"{report.label}: {name}\n{told}"

    def unreached(self) -> Iterator[str]:
        """Yield each operation that never succeeded."""
        for report in self.reports.values():
            if not report.succeeded:
                yield (
                    f"{report.label}: never answered with a 2xx, only {dict(report.statuses)};"
                    f" give {report.operation_id} a request in tests/parts/api_scenes.py"
                )

    def _take(self, event: events.EngineEvent) -> None:
        match event:
            case events.ScenarioFinished():
                self._note(event.recorder)
            case events.NonFatalError():
                self._report(event.label).failures[type(event.value).__name__] = str(event.value)
            case events.FatalError():
                raise event.exception

    def _report(self, label: str) -> OperationReport:
        return self.reports.setdefault(label, OperationReport(label, label))

    def _send(self, report: OperationReport, case: Case[Any]) -> None:
        response = case.call()
        report.statuses[response.status_code] += 1
        try:
            case.validate_response(response)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                self._fail(report, type(failure).__name__, failure, response)
        if not report.succeeded:
            report.failures["scene"] = f"{response.status_code} {response.content[:300]!r}"

    def _note(self, recorder: Any) -> None:
        for case_id, interaction in recorder.interactions.items():
            report = self._report(recorder.cases[case_id].value.operation.label)
            response = interaction.response
            report.statuses[0 if response is None else response.status_code] += 1
            for check in recorder.checks.get(case_id, ()):
                if check.failure_info is not None:
                    self._fail(report, check.name, check.failure_info.failure, response)

    def _fail(
        self, report: OperationReport, name: str, failure: Any, response: Response | None
    ) -> None:
        told = f"  {failure.title}: {failure.message}"
        if response is not None:
            sent = response.request
            told += f"\n  {sent.method} {sent.url}\n  {sent.body!r:.1500}"
            told += f"\n  {response.status_code} {response.content[:300]!r}"
        report.failures.setdefault(f"{name} ({failure.title})", told)


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation for each of the document."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in {"get", "put", "post", "delete", "patch"}:
                yield path, method, operation


def seeded(document: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Return the document with tokens among the values of what takes the id of something known."""
    changed = copy.deepcopy(document)

    def or_token(name: str, schema: Any, path: str = "") -> Any:
        token = token_of(name, path)
        if token.removeprefix(TOKEN) not in names or not isinstance(schema, dict):
            return schema
        return {"anyOf": [{"enum": [token]}, schema]}

    for path, _, operation in operations_of(changed):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = or_token(parameter["name"], parameter["schema"], path)
    for schema in changed["components"]["schemas"].values():
        fields = schema.get("properties", {})
        for name, value in fields.items():
            fields[name] = or_token(name, value)
    return changed


def token_of(name: str, path: str) -> str:
    """Return the token for the parameter `name` of `path`, or for the field of a body."""
    resource = path.split("/")[2].removesuffix("s") if path.startswith("/v1/") else ""
    if name == "external_id" and resource:
        name = f"{resource}_external_id"
    elif name == "name" and resource in {"flow", "prompt"}:
        name = f"{resource}_name"
    return f"{TOKEN}{_ALIASES.get(name, name)}"


def _schema(
    world: ApiWorld,
    document: dict[str, Any],
    examples: int,
    phases: Sequence[str],
    who: Mapping[str, str],
) -> BaseSchema:
    config = SchemathesisConfig.from_dict(
        {
            "headers": dict(who),
            "base-url": str(world.api.base_url),
            "seed": SEED,
            "request-timeout": 30,
            "continue-on-failure": True,
            "generation": {
                "max-examples": examples,
                "deterministic": True,
                "no-shrink": True,
                "database": "none",
            },
            "checks": {
                # That a value fits its description does not say that it fits the store: a name may
                # be taken, a time lie in the past. Such a refusal names its field, see below.
                "positive_data_acceptance": {"expected-statuses": list(_NO_FAULTS_OF_THE_API)},
                "negative_data_rejection": {"expected-statuses": list(_REFUSALS)},
                # That is, which 5xx: see `unavailable_for_a_reason`.
                "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]},
            },
            "operations": [
                {
                    "include-operation-id": name,
                    "checks": {"negative_data_rejection": {"enabled": False}},
                }
                for name in _ITEM_BY_ITEM
            ]
            + [
                {
                    "include-operation-id": name,
                    "checks": {
                        "positive_data_acceptance": {
                            "expected-statuses": [*_NO_FAULTS_OF_THE_API, "429"]
                        },
                        "negative_data_rejection": {"expected-statuses": [*_REFUSALS, "429"]},
                    },
                }
                for name in _LOCKED_OUT
            ],
            "phases": {name: {"enabled": name in phases} for name in PHASES},
        }
    )
    return schemathesis.openapi.from_dict(document, config=config)


@contextmanager
def _tokens_resolved(world: ApiWorld) -> Iterator[None]:
    """Put ids in the place of tokens in every request that schemathesis sends meanwhile."""

    def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
        fresh = case.method == "DELETE"
        path = world.resolved(case.path_parameters, fresh=fresh)
        # What is set anew is judged anew, and files by another rule than they were made by.
        if path != case.path_parameters:
            case.path_parameters = path
        query = world.resolved(case.query)
        if query != case.query:
            case.query = query
        if isinstance(case.body, dict | list):
            body = world.resolved(case.body)
            if body != case.body:
                case.body = body

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        unregister(before_call)


def _needs_body(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    return any(one.is_required for one in operation.body)


def _auth(world: ApiWorld) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.lab.node.key}"}


def _body(world: ApiWorld, given: Scene) -> dict[str, Any]:
    if given.body is None:
        return {}
    return {
        "body": world.resolved(given.body),
        "media_type": given.media_type or "application/json",
    }


@schemathesis.check
def refusal_names_fields(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A value that is not acceptable is named, with what was expected."""
    if response.status_code != 422:
        return
    problem = response.json()
    named = all(one["field"] and one["message"] for one in problem["errors"])
    if problem["code"] == "invalid" and not (problem["errors"] and named):
        raise Failure(
            operation=case.operation.label,
            title="Refusal names no field",
            message=f"nothing says what was expected: {problem}",
        )


@schemathesis.check
def unavailable_for_a_reason(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A node in order says 503 only where it was asked for too much, and until when."""
    if response.status_code != 503 or case.operation.path == "/readyz":
        return
    code = response.json()["code"]
    if code not in _REASONS_TO_WAIT or "retry-after" not in response.headers:
        raise Failure(
            operation=case.operation.label,
            title="Unavailable without a reason",
            message=f"{code}, Retry-After: {response.headers.get('retry-after')}",
        )
