"""The section of calls that managers dial on a telephone."""

from __future__ import annotations

from pydantic import Field

from config.sections import Section


class DialThroughSettings(Section):
    """Managers who dial the hotline, or a telephone registered here, to be put through."""

    enabled: bool = Field(
        default=True,
        description="Whether managers may dial customers from a telephone. Off: a manager who "
        "calls a hotline is a caller like any other, and telephones registered here dial nobody "
        "but emergency numbers.",
    )
    always_ask_pin: bool = Field(
        default=False,
        description="Whether the PIN is asked on a known telephone on a trunk, too: caller "
        "numbers can be forged.",
    )
    ask_unasserted: bool = Field(
        default=False,
        description="Whether the PIN is asked where a trunk passes on a known number in From only, "
        "and does not assert it (P-Asserted-Identity, Remote-Party-ID). It always is where the "
        "network says that the number failed verification.",
    )
    numbers: list[str] = Field(
        default=[],
        description="Hotlines at which unknown telephones are asked for staff number and PIN. "
        "Customers are not served there. Empty: only known telephones dial through.",
    )
    calls_per_day: int = Field(
        default=200, ge=0, description="Calls a manager may dial through on a day. 0: any number."
    )
    minutes_per_day: int = Field(
        default=600, ge=0, description="Minutes of talk so on a day. 0: any number."
    )
    pin_failures: int = Field(
        default=5,
        ge=1,
        le=20,
        description="Wrong PINs after which a manager, or a telephone, is locked out.",
    )
    pin_lock_s: int = Field(
        default=900, ge=60, description="Seconds for which failures count, and a lock lasts."
    )
