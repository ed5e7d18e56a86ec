"""What somebody who searches customers may look for, and how often.

Whoever sees numbers whole finds them by the whole or by four digits and more of the end. The others
see `138****8000`: they may look for the last four, which that shows, and for a whole number, which
they must have from the customer. Digits in between would tell what is hidden, one after the other;
and so that nobody tries the 10,000 numbers that one masked form stands for, few whole ones may be
asked for in an hour.
"""

from __future__ import annotations

import re
from typing import Final

from api.dependencies import Caller
from api.problems import ApiProblem
from api.rates import Rate, header_fields
from api.services import ApiServices
from voicegw.identity import visible_number
from voicegw.model.call import LegRole
from voicegw.model.name_keys import searched_name
from voicegw.model.numbers import normalise
from voicegw.store.customer_search import ENDING_DIGITS, Wanted

#: Whole numbers that one key or user who sees none may ask for on one node. At this rate all that
#: one masked form may stand for take two weeks.
HIDDEN_NUMBERS: Final = Rate(per_s=30 / 3600, burst=30)

_BETWEEN: Final = re.compile(r"[\s\-().]")
_DIGITS: Final = re.compile(r"\+?([0-9]{1,20})")
_LEAST_WHOLE: Final = 5


async def customer_query(
    services: ApiServices, caller: Caller, text: str, group_id: str | None
) -> Wanted | None:
    """Return what `text` looks for; None for a blank one.

    A local number is completed by the area code of `group_id`, else of the caller's own group.
    Raises ApiProblem `rate-limited`.
    """
    name = searched_name(text)
    if not name:
        return None
    digits = _DIGITS.fullmatch(_BETWEEN.sub("", name))
    if digits is None:
        return Wanted(name, text.strip())
    number = await _whole_number(services, digits[0], group_id or caller.scope.home_id)
    ending = digits[1] if len(digits[1]) >= ENDING_DIGITS else None
    if visible_number(caller.role, LegRole.CUSTOMER, "number") is not None:
        return Wanted(name, text.strip(), number, ending)
    if number is not None:
        _take(services, caller)
    shown = ending if ending is not None and len(ending) == ENDING_DIGITS else None
    return Wanted(name, text.strip(), number, shown, only_shown=True)


async def _whole_number(services: ApiServices, digits: str, group_id: str | None) -> str | None:
    if len(digits) < _LEAST_WHOLE:
        return None
    area_code = await services.scopes.area_code(group_id) if group_id is not None else None
    return normalise(digits, services.options.region, area_code)


def _take(services: ApiServices, caller: Caller) -> None:
    asker, now_s = caller.principal.id, services.clock.monotonic()
    verdict = services.hidden_numbers.take(asker, HIDDEN_NUMBERS, now_s)
    if not verdict.allowed:
        raise ApiProblem(
            "rate-limited",
            "Too many whole numbers were looked for.",
            headers=header_fields("hidden-numbers", HIDDEN_NUMBERS, verdict),
        )
