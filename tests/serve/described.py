"""Holds what the server says to docs/api/openapi.json, the description that others build clients from.

Every answer that a test gets by Served.call() comes through here: its status, its type and each key of its JSON must be
described. The part of JSON Schema that the description uses is read; a keyword that is not read is an error.
"""
import json
from pathlib import Path

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs/api/openapi.json").read_text())
KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
SAYS_NOTHING = {"description", "title", "examples", "default", "format"}


def operation_of(method, path):
    """What is described for a request; None where there is nothing. {name} at the end takes the rest of a path."""
    for described, methods in DOCUMENT["paths"].items():
        fixed, name, _ = described.partition("{")
        if (path == fixed if not name else path.startswith(fixed) and path != fixed) and method.lower() in methods:
            return methods[method.lower()]
    return None


def is_of(value, kind):
    if kind in ("integer", "number"):
        wanted = int if kind == "integer" else (int, float)
        return isinstance(value, wanted) and not isinstance(value, bool)
    return isinstance(value, KINDS[kind])


def resolved(schema):
    while "$ref" in schema:
        found = DOCUMENT
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def properties_of(schema):
    """Of an object, also of one that is put together by allOf; None where its keys are not described."""
    schema = resolved(schema)
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        found |= properties_of(part) or {}
    return found or None


def faults(value, schema, place="", closed=True):
    """Where a value is not as described, a line each. `closed`: keys that are not described are faults."""
    schema = resolved(schema)
    for keyword in schema.keys() - SAYS_NOTHING:
        if keyword not in ("type", "properties", "required", "items", "enum", "const", "oneOf", "allOf",
                           "additionalProperties", "minimum", "maximum"):
            yield f"{place}: the description says \"{keyword}\", which is not looked at"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(is_of(value, kind) for kind in kinds):
        yield f"{place}: {json.dumps(value)[:60]} is no {' or '.join(kinds)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{place}: {value!r} is not {schema['const']!r}"
    if "oneOf" in schema:
        each = [list(faults(value, one, place)) for one in schema["oneOf"]]
        if all(each):
            yield from min(each, key=len)
    for part in schema.get("allOf", ()):
        yield from faults(value, part, place, closed=False)
    if isinstance(value, dict):
        known = properties_of(schema)
        yield from (f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, inner in value.items():
            if name in schema.get("properties", {}):
                yield from faults(inner, schema["properties"][name], f"{place}.{name}")
            elif isinstance(schema.get("additionalProperties"), dict):
                yield from faults(inner, schema["additionalProperties"], f"{place}.{name}")
            elif closed and known is not None and name not in known and not schema.get("additionalProperties"):
                yield f"{place}.{name} is not described"
    if isinstance(value, list) and "items" in schema:
        for item in value:
            yield from faults(item, schema["items"], f"{place}[]")


def check(method, path, status, kind, data):
    """The faults of an answer; nothing where it is as described."""
    operation = operation_of(method, path)
    if operation is None:
        return [] if status >= 400 else [f"{method} {path} is not described, and gave {status}"]
    responses = operation["responses"]
    response = responses.get(str(status)) or (responses.get("default") if status >= 400 else None)
    if response is None:
        return [f"{method} {path}: the status {status} is not described"]
    contents = response.get("content", {})
    kind = (kind or "").split(";")[0]
    if not kind and not data:
        return [] if not contents else [f"{method} {path}: {status} has no body"]
    if kind not in contents:
        return [f"{method} {path}: {status} of the type {kind!r}; described are {list(contents)}"]
    if kind != "application/json":
        return []
    return [f"{method} {path}: {status}{fault}" for fault in faults(json.loads(data), contents[kind]["schema"])]
