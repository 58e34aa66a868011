"""A run's report for people: one table on standard output, or the same as JSON."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from catalog.store.engine import shown, sqlite_path


def print_report(
    report: dict[str, Any], *, as_json: bool, store: str, release: Path | None = None, out: Path | None = None
) -> None:
    """Print the report; with a release also where to look at it. A reader who left early (``| head``) is no error."""
    try:
        _print(report, as_json, store, release, out)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would leave the process with 1, which says that the run failed."""
        raise BrokenPipeError


def _print(report: dict[str, Any], as_json: bool, store: str, release: Path | None, out: Path | None) -> None:
    if as_json:
        places = {"store": shown(store), "release": str(release)} if release else {"store": shown(store)}
        typer.echo(orjson.dumps(report | places, option=orjson.OPT_INDENT_2).decode())
        return
    console = _Console(width=None if Console().is_terminal else 120)
    table = Table(title=f"Run {report['run']}: {report['status']}", show_header=False, title_justify="left")
    for name, value in _rows(report):
        table.add_row(Text(name), Text(value))  # not markup: a source's message quotes what the source answered
    console.print(table)
    if release is not None and out is not None:
        path = sqlite_path(store)
        typer.echo(f"Documents: {out / 'latest'}/resource/, health/, server/, category/, cluster/")
        typer.echo(f"In bulk:   {out / 'latest'}/resources.jsonl.zst, findings.jsonl, changes.json")
        typer.echo(f"SQL:       {out / 'latest'}/catalog.sqlite (store: {path or shown(store)})")
        typer.echo(f"Browse:    {sys.argv[0]} serve {out}")


def _rows(report: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [(f"source {name}", _source(source)) for name, source in report["sources"].items()]
    rows += [
        (f"! {alert['code']}", f"{alert['url'] or alert['source']}: {alert['evidence']}") for alert in report["alerts"]
    ]
    if report["listed"] is not None:
        rows.append(("listed", str(report["listed"])))
    rows += [("probed", _counts(report["probed"], report["outcomes"])), ("payable", str(report["payable"]))]
    if report["catalogue"] is not None:
        rows += _catalogue(report["catalogue"])
    rows.append(("changes", _counts(sum(report["changes"].values()), report["changes"])))
    if report["findings"] is not None:
        rows.append(("findings", _counts(sum(report["findings"].values()), report["findings"])))
    rows.append(("seconds", ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in report["seconds"].items())))
    return [*rows, ("message", report["message"])] if report["message"] else rows


def _catalogue(catalogue: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("published", _counts(catalogue["resources"], catalogue["lifecycle"])),
        ("categories", _counts(len(catalogue["categories"]), catalogue["categories"])),
        ("prices", _counts(catalogue["resources"], catalogue["pricing"])),
        ("trust", _counts(catalogue["resources"], catalogue["trust"])),
        ("clusters", str(catalogue["clusters"])),
    ]


def _source(source: dict[str, Any]) -> str:
    told = source["message"] or ("complete" if source["complete"] else source["status"])
    return f"{source['status']}: {source['rows']} rows, {source['distinct']} distinct; {told}"


def _counts(total: int, parts: dict[str, int]) -> str:
    shown_parts = ", ".join(f"{name} {count}" for name, count in sorted(parts.items(), key=lambda p: (-p[1], p[0])))
    return f"{total} ({shown_parts})" if parts else str(total)
