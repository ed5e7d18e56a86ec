"""The API's reference as one HTML page, rendered from its own OpenAPI document.

The usual viewers load megabytes of script from other people's servers; carried along for offline
use, they would run on the origin that holds keys and recordings. A page without scripts works
behind any firewall and under the strictest content policy, prints, and can be searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from api.problems import CODES
from voicegw.field_faults import FAULT_KINDS

_STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color:#1a1a1a}
h2{border-bottom:1px solid #ccc;margin-top:2.5rem}h3{margin:1.8rem 0 .3rem}
code,.verb{font-family:ui-monospace,monospace;font-size:.93em}
.verb{border-radius:.2rem;color:#fff;padding:.1rem .4rem;background:#456}
.get{background:#27618f}.post{background:#2c7a3f}.put,.patch{background:#8a5a00}.delete{background:#a12a2a}
table{border-collapse:collapse;margin:.4rem 0;width:100%}
td,th{border-bottom:1px solid #e3e3e3;padding:.25rem .6rem .25rem 0;text-align:left;
vertical-align:top}
@media(prefers-color-scheme:dark){body{background:#16181b;color:#ddd}a{color:#8ab4f8}}
"""
_VERBS: Final = ("get", "post", "put", "patch", "delete")
Document = Mapping[str, Any]


def render(document: Document) -> str:
    """Return the page for an OpenAPI document."""
    info = document["info"]
    body = [
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        *(f"<p>{escape(part)}</p>" for part in info["description"].split("\n\n")),
        '<p>Machine-readable: <a href="/openapi.json">openapi.json</a></p>',
        _contents(document),
        *_operations(document),
        *_schemas(document),
        *_problem_codes(),
        *_fault_kinds(),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>"
    )


def _contents(document: Document) -> str:
    names = [tag["name"] for tag in document["tags"]]
    links = [f'<a href="#{escape(name)}">{escape(name)}</a>' for name in names]
    links += ['<a href="#schemas">schemas</a>', '<a href="#problems">problems</a>']
    links += ['<a href="#faults">faults of fields</a>']
    return f"<p>{' · '.join(links)}</p>"


def _operations(document: Document) -> Iterator[str]:
    for tag in document["tags"]:
        yield f'<h2 id="{escape(tag["name"])}">{escape(tag["name"])}</h2>'
        yield f"<p>{escape(tag['description'])}</p>"
        for path, item in document["paths"].items():
            for verb in _VERBS:
                if verb in item and tag["name"] in item[verb].get("tags", ()):
                    yield from _operation(document, path, verb)


def _operation(document: Document, path: str, verb: str) -> Iterator[str]:
    operation = document["paths"][path][verb]
    yield (
        f'<h3 id="{escape(operation["operationId"])}"><span class="verb {verb}">{verb.upper()}'
        f"</span> <code>{escape(path)}</code></h3>"
    )
    yield f"<p>{escape(operation.get('description') or operation.get('summary', ''))}</p>"
    rows = [
        (parameter["name"], parameter["in"], parameter.get("description", ""))
        for parameter in operation.get("parameters", ())
    ]
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        rows.append(("body", media_type, _link(content["schema"])))
    if rows:
        yield _table(("parameter", "in", ""), rows)
    answers = [
        (status, _answer(document, response))
        for status, response in sorted(operation["responses"].items())
    ]
    yield _table(("status", "answer"), answers)


def _answer(document: Document, response: Document) -> str:
    if "$ref" in response:
        response = document["components"]["responses"][_link(response)]
    for media_type, content in response.get("content", {}).items():
        schema = content.get("schema", {})
        return f"{media_type} {_link(schema)}".strip()
    return str(response.get("description", ""))


def _link(schema: Document) -> str:
    reference = schema.get("$ref")
    if reference is None:
        return str(schema.get("type", ""))
    return str(reference).rsplit("/", 1)[-1]


def _schemas(document: Document) -> Iterator[str]:
    yield '<h2 id="schemas">schemas</h2>'
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f'<h3 id="schema-{escape(name)}">{escape(schema.get("title", name))}</h3>'
        if schema.get("description"):
            yield f"<p>{escape(schema['description'])}</p>"
        if "enum" in schema:
            yield f"<p>{', '.join(f'<code>{escape(str(v))}</code>' for v in schema['enum'])}</p>"
        required = set(schema.get("required", ()))
        rows = [
            (
                field,
                _type(definition) + (" (required)" if field in required else ""),
                definition.get("description", ""),
            )
            for field, definition in schema.get("properties", {}).items()
        ]
        if rows:
            yield _table(("field", "type", ""), rows)


def _type(schema: Document) -> str:
    if "$ref" in schema:
        return _link(schema)
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "any"))


def _problem_codes() -> Iterator[str]:
    yield '<h2 id="problems">problems</h2>'
    yield "<p>Every error is application/problem+json (RFC 9457) with one of these codes.</p>"
    for code, entry in CODES.items():
        yield f'<h3 id="problem-{escape(code)}"><code>{escape(code)}</code> {entry.status}</h3>'
        yield f"<p>{escape(entry.meaning)}</p>"


def _fault_kinds() -> Iterator[str]:
    yield '<h2 id="faults">faults of fields</h2>'
    yield (
        "<p>What is wrong with a field: <code>errors[].kind</code> of a problem, with the values"
        " named here in <code>params</code>.</p>"
    )
    rows = [(kind, meaning) for kind, meaning in FAULT_KINDS.items()]
    yield _table(("kind", "meaning"), rows)


def _table(head: tuple[str, ...], rows: list[Any]) -> str:
    header = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{header}</tr>{body}</table>"
