"""The page of a node whose console was never built: how to build it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.result_page import language_of

STATUS: Final = 503
_TEXTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "zh": (
        "zh-CN",
        "控制台尚未构建",
        "此节点正在运行，但没有安装控制台页面。请在源代码目录中执行 <code>make console</code>"
        "（需要 Node.js 20.19 或更高版本），然后刷新本页。"
        '接口文档：<a href="/docs">/docs</a>。',
    ),
    "en": (
        "en",
        "The console has not been built",
        "This node runs, but has no console. Run <code>make console</code> in its source folder "
        "(it needs Node.js 20.19 or newer) and reload this page. "
        'The API is described at <a href="/docs">/docs</a>.',
    ),
}


def page(accept_language: str) -> bytes:
    """Return the page in the language that the browser would rather have."""
    tag, title, text = _TEXTS[language_of(accept_language)]
    return (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>voicegw</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    ).encode()
