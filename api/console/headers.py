"""What a browser is told beside each file of the console: what its pages may do. Pure."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

STYLES: Final = (
    # React Aria, for whatever can be pressed: @react-aria/interactions, usePress.
    """
@layer {
  [data-react-aria-pressable] {
    touch-action: pan-x pan-y pinch-zoom;
  }
}
    """.strip(),
    # React Aria, below a dialog on phones: @react-aria/overlays, usePreventScroll.
    """
@layer {
  * {
    overscroll-behavior: contain;
  }
}""".strip(),
)
"""Style sheets that libraries write into the page themselves: these texts, and no others."""


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        f"style-src 'self' {' '.join(_hash(text) for text in STYLES)}",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""The content security policy (CSP 3): nothing from elsewhere, no script in the page, no eval."""

#: The console needs no sensor and no other device; sound plays when somebody asks for it.
_NOT_NEEDED: Final = (
    "accelerometer",
    "bluetooth",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
    "xr-spatial-tracking",
)

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _NOT_NEEDED),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""Beside every file, page or not."""
