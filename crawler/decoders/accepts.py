"""``accepts[]`` entries and their hints, for listings and challenges alike.

v1 or v2 is decided per accept by ``maxAmountRequired`` against ``amount``: real v2 listings still carry the former.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog import networks, offers
from catalog.money import atomic_amount
from catalog.records import Accept, Finding, Hints, Json
from catalog.text import EVIDENCE, changed, clean_json, evidence, one_line
from catalog.urls import without_secrets
from crawler.decoders.wire import Dropped, Wire, WireAccept, tolerant, wire_names

MAX_ACCEPTS = 200
_NO_HINTS = Hints()


def decode_accepts(
    values: Sequence[Any] | None, *, url: str, source: str, fallback: Hints = _NO_HINTS
) -> tuple[tuple[Accept, ...], list[Finding]]:
    """All readable entries of ``accepts`` in order, and the findings of the rest.

    ``fallback`` are the hints declared beside ``accepts``: an accept's own go before them, but for a v2 accept
    beside a v2 extension.
    """
    accepts: list[Accept] = []
    findings: list[Finding] = []
    for index, value in enumerate((values or [])[:MAX_ACCEPTS]):
        where = f"accepts[{index}]"
        if not isinstance(value, dict):
            findings.append(Finding("accept.not_an_object", "warning", url, source, where, evidence(value)))
            continue
        accept, noticed = _decode_one(value, url, source, where, fallback)
        accepts.append(accept)
        findings += noticed
    if values and len(values) > MAX_ACCEPTS:
        findings.append(Finding("accept.too_many", "warning", url, source, "accepts", str(len(values))))
    return tuple(accepts), findings


def _decode_one(
    value: dict[str, Json], url: str, source: str, where: str, fallback: Hints
) -> tuple[Accept, list[Finding]]:
    wire, dropped = tolerant(WireAccept, value)
    findings = field_findings(dropped, url, source, where)
    version = 2 if wire.max_amount_required is None and wire.amount is not None else 1
    if wire.max_amount_required is None and wire.amount is None and ":" in wire.network:
        version = 2
    amount = (wire.amount if wire.max_amount_required is None else wire.max_amount_required) or ""
    network_id = networks.network_id(wire.network)
    hints, notes = hints_of(wire.output_schema, wire.extensions)
    if hints == _NO_HINTS or (version == 2 and fallback.schema is not None):
        hints = fallback  # in v2 the extension is the place; an outputSchema is a leftover
    problems = offers.problems(
        scheme=wire.scheme,
        network_id=network_id,
        network=wire.network,
        asset=wire.asset,
        pay_to=wire.pay_to,
        amount=amount,
    )
    extra, extra_notes = clean_json(wire.extra)
    accept = Accept(
        scheme=wire.scheme,
        network=wire.network,
        network_id=network_id,
        asset=wire.asset,
        asset_id=networks.asset_id(network_id, wire.asset),
        pay_to=wire.pay_to,
        amount=amount,
        atomic=atomic_amount(amount),
        max_timeout_seconds=_seconds(wire.max_timeout_seconds),
        mime_type=wire.mime_type,
        description=wire.description,
        resource=_resource_text(wire.resource),
        extra=extra,
        hints=hints,
        version=version,
        problems=problems,
    )
    findings += [
        Finding(
            f"accept.{problem}", "warning", url, source, where, _problem_evidence(problem, wire, amount, network_id)
        )
        for problem in problems
    ]
    malformed = networks.asset_problem(network_id, wire.asset)
    if malformed:
        shown = evidence(f"{malformed}: {wire.asset}")
        findings.append(Finding("accept.asset_malformed", "info", url, source, f"{where}.asset", shown))
    findings += [Finding(f"hints.{note}", "info", url, source, where, note) for note in sorted({*notes, *extra_notes})]
    findings += text_findings(value, WireAccept, url, source, where)
    if accept.max_timeout_seconds != wire.max_timeout_seconds:
        shown = evidence(wire.max_timeout_seconds)
        findings.append(
            Finding("accept.timeout_out_of_range", "warning", url, source, f"{where}.maxTimeoutSeconds", shown)
        )
    if wire.amount is not None and wire.max_amount_required not in (None, wire.amount):
        shown = evidence(f"maxAmountRequired {wire.max_amount_required}, amount {wire.amount}")
        findings.append(Finding("accept.two_amounts", "warning", url, source, where, shown))
    return accept, findings


def _seconds(value: int | None) -> int | None:
    return value if value is not None and 0 <= value < 2**31 else None


def _resource_text(value: Json) -> str:
    return without_secrets(one_line(value.get("url") if isinstance(value, dict) else value))


def _problem_evidence(problem: str, wire: WireAccept, amount: str, network_id: str | None) -> str:
    if problem == "pay_to_invalid":
        return evidence(f"{networks.address_problem(network_id, wire.pay_to)}: {wire.pay_to}")
    value = {"scheme": wire.scheme, "network": wire.network, "asset": wire.asset, "pay": wire.pay_to}
    return evidence(value.get(problem.partition("_")[0], amount) or '""')


def field_findings(dropped: Sequence[Dropped], url: str, source: str, where: str = "") -> list[Finding]:
    """One warning per field that could not be read."""
    prefix = f"{where}." if where else ""
    return [
        Finding("field.unreadable", "warning", url, source, prefix + field, f"{why}: {excerpt}"[:300])
        for field, why, excerpt in dropped
    ]


def text_findings(value: dict[str, Json], model: type[Wire], url: str, source: str, where: str = "") -> list[Finding]:
    """One notice per text among the fields of ``model`` that cleaning or cutting took something from."""
    prefix = f"{where}." if where else ""
    return [
        Finding("text.cleaned", "info", url, source, prefix + name, evidence(ascii(text[: 2 * EVIDENCE])))
        for name in wire_names(model)
        if isinstance(text := value.get(name), str) and changed(text)
    ]


def hints_of(output_schema: Json, extensions: Json) -> tuple[Hints, list[str]]:
    """Input and output as declared: v1 ``outputSchema`` first, then the v2 bazaar extension.

    The notes say what cleaning changed (see :func:`catalog.text.clean_json`), or that the form is unknown.
    """
    hints, notes = _declared_hints(output_schema, extensions)
    if output_schema is not None and not isinstance(output_schema, dict):
        notes = [*notes, "output_schema_not_an_object"]
    if extensions is not None and not isinstance(extensions, dict):
        notes = [*notes, "extensions_not_an_object"]
    return hints, notes


def _declared_hints(output_schema: Json, extensions: Json) -> tuple[Hints, list[str]]:
    if isinstance(output_schema, dict) and output_schema:
        declared, notes = clean_json(output_schema)
        if "input" in declared or "output" in declared:
            return Hints(declared.get("input"), declared.get("output")), notes
        return Hints(None, declared), notes
    bazaar = extensions.get("bazaar") if isinstance(extensions, dict) else None
    if not isinstance(bazaar, dict) or not bazaar:
        return _NO_HINTS, []
    declared, notes = clean_json(bazaar)
    template = one_line(declared.get("routeTemplate")) or None
    info = declared.get("info")
    if isinstance(info, dict):
        return Hints(info.get("input"), info.get("output"), declared.get("schema"), template), notes
    # A flat form of early bazaars: {bodyType, input, inputSchema, output} without `info`.
    flat = {key: declared[key] for key in declared if key not in ("output", "schema", "routeTemplate")}
    return Hints(flat or None, declared.get("output"), declared.get("schema"), template), notes


def methods_of(hints: Hints) -> set[str]:
    """HTTP methods the hints declare, upper case."""
    method = hints.input.get("method") if isinstance(hints.input, dict) else None
    candidates = method if isinstance(method, list) else [method]
    return {m.upper() for m in candidates if isinstance(m, str) and m.isascii() and m.isalpha() and len(m) <= 10}


def tool_of(hints: Hints) -> str:
    """The MCP tool name the hints declare, or ""."""
    if not isinstance(hints.input, dict) or hints.input.get("type") != "mcp":
        return ""
    return one_line(hints.input.get("toolName") or hints.input.get("tool"), 200)
