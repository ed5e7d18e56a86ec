"""Every operation of the API, by generated requests and all of schemathesis' checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import schemathesis
from hypothesis import Phase, settings
from schemathesis.checks import CheckContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData, Failure, FailureGroup
from schemathesis.core.jsonschema import make_validator
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.run import PhaseName, unit
from schemathesis.generation.case import Case
from schemathesis.hooks import HookContext, unregister
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.transport.serialization import Binary

from tests.parts.api_ids import KnownIds, token_of
from tests.parts.api_ledger import OperationReport, fingerprint
from tests.parts.api_scenes import SCENES, Scene
from tests.parts.api_world import ApiWorld

PHASES: Final = ("examples", "coverage", "fuzzing", "stateful")
SEED: Final = 20260105
_PROFILE: Final = "api-properties"
_BESIDE_A_BODY: Final = (
    ParameterLocation.PATH,
    ParameterLocation.QUERY,
    ParameterLocation.HEADER,
    ParameterLocation.COOKIE,
)
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
        is_done: Callable[[OperationReport], bool] = lambda report: False,
    ) -> None:
        """`examples` requests an operation are generated in each of `phases` that counts them.

        `who` is the header that generated requests carry; without it, the administrator's. With a
        `share` of (2, 5), they are only for the second of each five operations, and never for one
        that `is_done`.
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
                described=fingerprint(document, operation),
            )
            for path, method, operation in operations_of(document)
        }
        self.schema = _schema(world, document, examples, phases, who or _auth(world))
        part, parts = share
        by_id = sorted(self.reports.values(), key=lambda report: report.operation_id)
        self.chosen = [one for one in by_id[part - 1 :: parts] if not is_done(one)]
        """The operations that requests are generated for."""
        rest = {one.operation_id for one in by_id} - {one.operation_id for one in self.chosen}
        if rest:
            # `include` would leave it at all: with settings for some, every operation is included.
            self.schema = self.schema.exclude(operation_id=sorted(rest))
        self._plain = _schema(world, document, 1, (), {})
        counted = [name for name in PHASES if name in phases and name != "stateful"]
        self._last_phase = counted[-1] if counted else ""

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

    def generated(self, enough: Callable[[], bool] = lambda: False) -> Iterator[OperationReport]:
        """Have schemathesis do the rest; yield each operation that is through with its requests.

        `enough` is asked between operations whether the rest is to be left.
        """
        if not self.chosen:
            return
        with _ids_put_in(self._world), _generated_only():
            stream = from_schema(self.schema).execute()
            for event in stream:
                done = self._take(event)
                if done is not None:
                    yield done
                    if enough():
                        stream.stop()

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

    def _take(self, event: events.EngineEvent) -> OperationReport | None:
        """Note what happened; return the operation that this was the last of."""
        match event:
            case events.ScenarioFinished():
                self._note(event.recorder)
                report = self.reports.get(event.label or "")
                if report is None or event.status is Status.INTERRUPTED:
                    return None
                report.generated_s += event.elapsed_time
                if event.status is Status.SKIP and event.phase is PhaseName.FUZZING:
                    report.failures["skipped"] = str(event.skip_reason)
                if event.phase.value == self._last_phase:
                    return report
            case events.NonFatalError():
                self._report(event.label).failures[type(event.value).__name__] = str(event.value)
            case events.FatalError():
                raise event.exception
        return None

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
            "cache": {"enabled": False},  # what an earlier run has learnt is not to change this one
            "generation": {
                "max-examples": examples,
                "deterministic": True,
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
            "phases": {name: {"enabled": name in phases} for name in PHASES}
            | {
                "fuzzing": {
                    "enabled": "fuzzing" in phases,
                    # Ids of what is there are put in. It would collect more from answers, soon
                    # thousands, and build strategies anew and weigh them all for each value drawn.
                    "extra-data-sources": {"responses": False},
                }
            },
        }
    )
    return schemathesis.openapi.from_dict(document, config=config)


@contextmanager
def _ids_put_in(world: ApiWorld) -> Iterator[None]:
    """Put ids of what is there into requests that schemathesis sends meanwhile."""
    ids = KnownIds(world, SEED)

    def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
        ids.put_into(case)

    schemathesis.hook(before_call)
    schemathesis.hook(filter_failure)
    try:
        yield
    finally:
        unregister(before_call)
        unregister(filter_failure)


def filter_failure(
    context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """Whether something failed, and not only because a body was taken as it is read."""
    if not isinstance(failure, AcceptedNegativeData) or not isinstance(case.body, dict | list):
        return True
    meta, body = case.meta, case.operation.get_body_for_media_type(case.media_type or "")
    if meta is None or body is None or any(meta.is_negative_at(one) for one in _BESIDE_A_BODY):
        return True
    validator = make_validator(
        body.optimized_schema, case.operation.schema.adapter.jsonschema_validator_cls
    )
    is_form = (case.media_type or "").startswith("multipart/")
    return not validator.is_valid(as_read(case.body, is_form=is_form))


def as_read(value: Any, *, is_form: bool = False) -> Any:
    """Return a body as the API reads it.

    Spaces around a text are cut off before anything is looked at (docs/api.md), and a list without
    items is no part of a form.
    """
    match value:
        case Binary() | bytes():
            return ""  # as a file's part is described
        case str():
            return value.strip()
        case dict():
            return {key: as_read(one) for key, one in value.items() if not (is_form and one == [])}
        case list():
            return [as_read(one) for one in value]
    return value


@contextmanager
def _generated_only() -> Iterator[None]:
    """Have Hypothesis spend its examples on new requests.

    Climbing towards success takes half of them else, for variants of one request, and more time
    than all others. Failures are told as they were met: made smaller, they would be new requests.
    """
    # Who waits for events looks for a worker's end so often that it holds up the worker.
    unit.WORKER_TIMEOUT = 5.0
    before = settings.get_current_profile_name()
    settings.register_profile(_PROFILE, phases=(Phase.explicit, Phase.generate))
    settings.load_profile(_PROFILE)
    try:
        yield
    finally:
        settings.load_profile(before)


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
    named = all(one["field"] and one["message"] and one["kind"] for one in problem["errors"])
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
