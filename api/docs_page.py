"""An OpenAPI document as one HTML page: routes by topic, what they take, answer and refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Document = Mapping[str, Any]

_CODE = re.compile("`([^`]+)`")
_METHODS = ("get", "post", "patch", "put", "delete")


def render(document: Document) -> str:
    """The whole page."""
    info = document["info"]
    topics = {tag["name"]: tag.get("description", "") for tag in document.get("tags", ())}
    body = [
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        f"<p>{escape(info.get('summary', ''))} The same for programs: "
        '<a href="/openapi.json">openapi.json</a>.</p>',
        "<p>Every error is <code>{&quot;error&quot;, &quot;code&quot;, &quot;hint&quot;}</code>. "
        "Keys go into the header <code>Authorization: Bearer KEY</code>.</p>",
    ]
    for name, description in topics.items():
        routes = list(_routes(document, name))
        if routes:
            body += [
                f'<h2 id="{escape(name)}">{escape(name)}</h2>',
                f"<p>{_said(description)}</p>",
            ]
            body += routes
    body += ['<h2 id="schemas">Schemas</h2>', *_schemas(document)]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} API</title>"
        '<link rel="icon" href="/icon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/docs.css"></head><body><main>'
        + "\n".join(body)
        + "</main></body></html>"
    )


def _routes(document: Document, topic: str) -> Iterator[str]:
    for path, operations in document["paths"].items():
        for method in _METHODS:
            operation = operations.get(method)
            if operation is not None and topic in operation.get("tags", ()):
                yield _route(path, method, operation)


def _route(path: str, method: str, operation: Document) -> str:
    parts = [
        f'<details id="{escape(operation["operationId"])}"><summary>'
        f'<span class="method">{method.upper()}</span> <code>{escape(path)}</code> '
        f'<span class="what">{escape(operation.get("summary", ""))}</span></summary>'
    ]
    if operation.get("description"):
        parts.append(f"<p>{_said(operation['description'])}</p>")
    parts += _parameters(operation)
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Body <code>{escape(kind)}</code>: {_schema(content.get('schema'))}</p>")
    for sample in operation.get("x-codeSamples", ()):
        parts.append(f"<pre>{escape(sample['source'])}</pre>")
    parts += _responses(operation)
    return "".join(parts) + "</details>"


def _parameters(operation: Document) -> list[str]:
    rows = [
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}"
        f"{', required' if one.get('required') else ''}</td>"
        f"<td>{_said(_meaning(one) or _meaning(one['schema']))}</td>"
        f"<td>{_default(one['schema'])}</td></tr>"
        for one in operation.get("parameters", ())
    ]
    if not rows:
        return []
    head = "<tr><th>Parameter</th><th>Where</th><th>Meaning</th><th>Default</th></tr>"
    return [f"<table>{head}{''.join(rows)}</table>"]


def _responses(operation: Document) -> list[str]:
    rows = []
    for status, response in operation["responses"].items():
        kinds = ", ".join(
            f"<code>{escape(kind)}</code> {_schema(content.get('schema'))}{_example(content)}"
            for kind, content in response.get("content", {}).items()
        )
        said = _said(response.get("description", ""))
        rows.append(f"<tr><td>{escape(status)}</td><td>{said}</td><td>{kinds}</td></tr>")
    head = "<tr><th>Status</th><th>Meaning</th><th>Body</th></tr>"
    return [f"<table>{head}{''.join(rows)}</table>"]


def _example(content: Document) -> str:
    if "example" not in content:
        return ""
    return f"<br><code>{escape(json.dumps(content['example'], ensure_ascii=False))}</code>"


def _schemas(document: Document) -> Iterator[str]:
    for name, schema in sorted(document["components"]["schemas"].items()):
        rows = "".join(
            f"<tr><td><code>{escape(key)}</code></td><td>{_schema(value)}</td>"
            f"<td>{_said(_meaning(value))}</td></tr>"
            for key, value in schema.get("properties", {}).items()
        )
        examples = "".join(
            f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"
            for example in schema.get("examples", ())
        )
        yield (
            f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
            f"<p>{_said(_meaning(schema))}</p><table>{rows}</table>{examples}"
            "</details>"
        )


def _said(text: str) -> str:
    """A sentence, with what stands between backticks set as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _meaning(schema: Document) -> str:
    """What a schema is for, be it said of one of its alternatives only."""
    several = (schema, *schema.get("anyOf", ()))
    return next((one["description"] for one in several if one.get("description")), "")


def _schema(schema: Document | None) -> str:
    """A schema in few words, linked where it has a name."""
    if not schema:
        return ""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(_schema(one) for one in schema[several])
    if schema.get("type") == "array":
        return f"list of {_schema(schema.get('items'))}"
    if "enum" in schema:
        return escape(" | ".join(map(str, schema["enum"])))
    return escape(str(schema.get("format") or schema.get("type") or "anything"))


def _default(schema: Document) -> str:
    if schema.get("default") in (None, ""):
        return ""
    return f"<code>{escape(json.dumps(schema['default']))}</code>"
