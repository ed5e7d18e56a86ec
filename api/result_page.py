"""The page of a one-time link, on which a manager tells what came of a talk. Pure.

No script and nothing from elsewhere; it works on any telephone. It names the customer by the first
character and the last digits only.
"""

from __future__ import annotations

import hashlib
import html
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from voicegw.model.task_type import ResultKind, ResultRule

_STYLE: Final = (
    "body{font:17px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1c2430}"
    "main{max-width:26rem;margin:0 auto;padding:1.2rem}"
    "h1{font-size:1.2rem;margin:.4rem 0 1rem}"
    "label{display:block;margin:.8rem 0 .2rem}"
    "fieldset{border:0;margin:0;padding:0}"
    ".r{display:flex;gap:.6rem;align-items:center;background:#fff;border:1px solid #cfd4dc;"
    "border-radius:.6rem;padding:.8rem;margin:.4rem 0;min-height:1.6rem}"
    ".r input{width:1.3rem;height:1.3rem}"
    "textarea,input[type=datetime-local]{box-sizing:border-box;width:100%;font:inherit;"
    "padding:.6rem;border:1px solid #cfd4dc;border-radius:.6rem}"
    "button{font:inherit;width:100%;padding:.9rem;margin-top:1rem;border:0;border-radius:.6rem;"
    "background:#0b57d0;color:#fff}"
    ".e{background:#fde7e9;border-radius:.6rem;padding:.7rem}"
)
_STYLE_HASH: Final = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}

_WORDS: Final = {
    "zh": {
        "title": "反馈通话结果",
        "with": "客户",
        "result": "结果",
        "note": "备注 / 原因",
        "again": "再次联系时间（选填）",
        "send": "提交",
        "saved": "已记录，谢谢。",
        "gone": "链接已失效或已使用。",
        "closed": "该通话的结果已记录，未作更改。",
        "contact-missing": "尚未与客户通话，不能反馈此结果。",
        "choose": "请选择结果。",
        "reason": "请填写原因。",
        "exception": "任务已逾期，请填写说明。",
        "time": "请填写有效的将来时间。",
        "busy": "系统暂时繁忙，请稍后再试。",
    },
    "en": {
        "title": "Result of the call",
        "with": "Customer",
        "result": "Result",
        "note": "Note / reason",
        "again": "Call again at (optional)",
        "send": "Send",
        "saved": "Noted. Thank you.",
        "gone": "The link has expired or was used.",
        "closed": "The result of this call is known already; nothing was changed.",
        "contact-missing": "Nobody has talked with the customer yet: this result can't be told.",
        "choose": "Choose a result.",
        "reason": "Please give the reason.",
        "exception": "The task is past its time: please say why.",
        "time": "Give a time to come.",
        "busy": "Not possible just now; try again later.",
    },
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page asks, and what was entered before: `problem` names what is wrong with it."""

    customer: str
    results: Sequence[ResultRule]
    code: str = ""
    note: str = ""
    again_at: str = ""
    problem: str | None = None


def language_of(accept_language: str) -> str:
    """Return `en` where English is preferred to Chinese (RFC 9110 §12.5.4), else `zh`."""
    best = {"zh": 0.0, "en": 0.0}
    for part in accept_language.lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        language = tag.partition("-")[0]
        if language in best:
            best[language] = max(best[language], _weight(weight))
    return "en" if best["en"] > best["zh"] else "zh"


def question(language: str, asked: Asked) -> str:
    """Return the page with the form."""
    words = _WORDS[language]
    problem = "" if asked.problem is None else f'<p class="e">{words[asked.problem]}</p>'
    choices = "".join(_choice(language, one, asked.code) for one in asked.results)
    again = ""
    if any(one.kind is ResultKind.CALL_AGAIN for one in asked.results):
        again = (
            f'<label for="again">{words["again"]}</label><input type="datetime-local" '
            f'id="again" name="again_at" value="{html.escape(asked.again_at)}">'
        )
    return _page(
        language,
        f"{problem}<p>{words['with']}: {html.escape(asked.customer)}</p>"
        f'<form method="post"><fieldset><legend>{words["result"]}</legend>{choices}</fieldset>'
        f"{again}"
        f'<label for="note">{words["note"]}</label><textarea id="note" name="note" rows="3" '
        f'maxlength="500">{html.escape(asked.note)}</textarea>'
        f'<button type="submit">{words["send"]}</button></form>',
    )


def message(language: str, name: str) -> str:
    """Return a page that says one thing: `saved`, `gone`, `closed`, …."""
    return _page(language, f"<p>{_WORDS[language][name]}</p>")


def _choice(language: str, result: ResultRule, chosen: str) -> str:
    name = result.names.get(language) or next(iter(result.names.values()), result.code)
    checked = " checked" if result.code == chosen else ""
    return (
        f'<label class="r"><input type="radio" name="code" value="{html.escape(result.code)}"'
        f" required{checked}>{html.escape(name)}</label>"
    )


def _page(language: str, content: str) -> str:
    tag = "zh-CN" if language == "zh" else "en"
    title = _WORDS[language]["title"]
    return (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{content}</main></body></html>"
    )


def _weight(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0) if text else 1.0
    except ValueError:
        return 0.0
