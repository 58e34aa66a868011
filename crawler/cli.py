"""The command line: the nightly job, its stages, and what to look at afterwards.

Exit status: 0 published (or the stage did its work); 1 the run failed; 2 usage or configuration; 3 a guard refused
to publish, or there is nothing to publish. In 1 and 3 the last release stays what is served.

The exceptions and who raises them::

    ConfigError, BadRecording     crawler.config, crawler.replay     → 2
    StoreMismatch, RunOrderError  catalog.store                      → 2
    StoreError                    catalog.store (locked, read-only)  → 1
    NoSourceRead                  crawler.stages                     → 1
    ReleaseError, InvalidDocument exports (no space, no right)       → 1
    NothingToPublish              exports                            → 3
    Refused                       crawler.judgement                  → 3
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from catalog.memory import many_records
from catalog.run import Run, parse_time
from catalog.store import judging, runs
from catalog.store.engine import Store, StoreError, StoreMismatch, open_store, upgrade_store
from catalog.store.published import is_built
from catalog.store.reports import report as make_report
from crawler import config as configuration
from crawler import page, runner, stages
from crawler.config import Config, ConfigError
from crawler.judgement import Refused
from crawler.progress import Reporter
from crawler.replay import recording as recordings
from crawler.replay.recording import BadRecording, Recording
from crawler.summary import print_report
from exports.exporters import InvalidDocument
from exports.release import NothingToPublish, ReleaseError, check_writable
from exports.release import export as export_release
from exports.release import publish as publish_release

app = typer.Typer(
    name="x402-catalog",
    help="Crawl x402 bazaars, check every resource's 402 challenge (never paying), and publish a catalogue.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
INTERRUPTED = 130
"""What typer makes of Ctrl-C."""

database = typer.Typer(help="Look after the store.", no_args_is_help=True)
app.add_typer(database, name="db")

StoreOption = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="SQLAlchemy URL of the store. (default: sqlite:///catalog.db)"),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Where releases are published. (default: out)")
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME=URL", help="Read this bazaar instead of the configured ones; repeatable."),
]
ReplayOption = Annotated[
    Path | None,
    typer.Option("--replay", metavar="DIR", help="Replay a recorded night on loopback; nothing leaves the machine."),
]
PrivateOption = Annotated[
    bool, typer.Option("--allow-private-hosts", help="For tests: let the address guard pass private addresses.")
]
NowOption = Annotated[
    str | None,
    typer.Option("--now", metavar="ISO8601", help="The run's clock. (default: the present, or the recording's time)"),
]
ProgressOption = Annotated[
    bool | None,
    typer.Option("--progress/--no-progress", help="Show progress. (default: on a terminal, plain log lines elsewhere)"),
]
AcceptOption = Annotated[
    str | None,
    typer.Option("--accept-drop", metavar="RUN", help="Go on with the run a guard refused, as it was observed."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


@app.command()
def nightly(
    store: StoreOption = None,
    out: OutOption = None,
    source: SourceOption = None,
    replay: ReplayOption = None,
    allow_private_hosts: PrivateOption = False,
    no_probe: Annotated[bool, typer.Option("--no-probe", help="Read the listings only.")] = False,
    accept_drop: AcceptOption = None,
    now: NowOption = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="ADDRESS", help="Dask scheduler to spread the work over (comes later)."),
    ] = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """The whole night: crawl, probe, build, export, publish. A killed night goes on where it stopped."""
    if cluster is not None:
        raise ConfigError("--cluster comes in a later version: this one works in one process")
    config = _config(store, out, source)
    config.writer()  # a wrong setting is told before anything is done
    recording = _recording(replay)
    reporter = Reporter(shown=progress)
    check_writable(config.out)
    if accept_drop is not None and no_probe:
        raise ConfigError("--accept-drop takes what was probed for true: it does not go with --no-probe")
    with _working(config.store, lambda store: _begin(store, recording, now, accept_drop)) as (opened, run):
        night = _gather(
            config, opened, run, recording, reporter, allow_private_hosts,
            probing=not no_probe, accept_drop=accept_drop is not None,
        )  # fmt: skip
        runner.run(night)
        with reporter.stage("build"):
            stages.build(config, opened, run, reporter)
        runs.set_run(opened, run, stage="export")
        with reporter.stage("export"):
            export_release(opened, run, config.out, reporter)
        with reporter.stage("publish"):
            release = publish_release(run, config.out, keep=config.keep)
        runs.set_run(opened, run, stage="publish", status="published", timings=reporter.seconds)
        told = make_report(opened, run.id)
    print_report(told, as_json=as_json, store=config.store, release=release, out=config.out)


async def _gather(
    config: Config,
    store: Store,
    run: Run,
    recording: Recording | None,
    reporter: Reporter,
    private: bool,
    *,
    probing: bool,
    accept_drop: bool,
) -> None:
    async with stages.prepared(config, store, run, recording, reporter, allow_private=private) as job:
        with reporter.stage("crawl"):
            await stages.crawl(job)
            if probing:
                await stages.visit(job)
        if probing:
            with reporter.stage("probe"):
                await stages.probe(job, accept_drop=accept_drop)


@app.command()
def crawl(
    store: StoreOption = None,
    source: SourceOption = None,
    replay: ReplayOption = None,
    allow_private_hosts: PrivateOption = False,
    now: NowOption = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Begin a run: read the bazaars' listings, then what origins declare themselves, into the store."""
    config, recording, reporter = _config(store, None, source), _recording(replay), Reporter(shown=progress)

    async def work(opened: Store, run: Run) -> None:
        async with stages.prepared(config, opened, run, recording, reporter, allow_private=allow_private_hosts) as job:
            with reporter.stage("crawl"):
                await stages.crawl(job)
                await stages.visit(job)

    with _working(config.store, lambda store: _begin(store, recording, now)) as (opened, run):
        runner.run(work(opened, run))
        print_report(make_report(opened, run.id), as_json=as_json, store=config.store)


@app.command()
def probe(
    store: StoreOption = None,
    replay: ReplayOption = None,
    allow_private_hosts: PrivateOption = False,
    due: Annotated[
        bool, typer.Option("--due", help="Only what is due, in a run of its own: for a job that runs every hour.")
    ] = False,
    accept_drop: AcceptOption = None,
    now: NowOption = None,
    progress: ProgressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask every known resource for its 402 challenge, in the run that crawl began."""
    if now is not None and not due:
        raise ConfigError("--now goes with --due: else the run that crawl began has the clock")
    config, recording, reporter = _config(store, None, None), _recording(replay), Reporter(shown=progress)

    async def work(opened: Store, run: Run) -> None:
        async with stages.prepared(config, opened, run, recording, reporter, allow_private=allow_private_hosts) as job:
            with reporter.stage("probe"):
                await stages.probe(job, only_due=due, accept_drop=accept_drop is not None)

    def begin(store: Store) -> Run:
        if due or accept_drop is not None:
            return _begin(store, recording, now, accept_drop)
        return _begun(store, recording)

    with _working(config.store, begin, create=False) as (opened, run):
        runner.run(work(opened, run))
        if due:
            runs.set_run(opened, run, status="probed")
        print_report(make_report(opened, run.id), as_json=as_json, store=config.store)


@app.command()
def build(store: StoreOption = None, progress: ProgressOption = None, as_json: JsonOption = False) -> None:
    """Resolve everything known into records and documents."""
    config, reporter = _config(store, None, None), Reporter(shown=progress)
    config.writer()  # a wrong setting is told before anything is done
    with _working(config.store, _judged, create=False) as (opened, run):
        with reporter.stage("build"):
            stages.build(config, opened, run, reporter)
        print_report(make_report(opened, run.id), as_json=as_json, store=config.store)


@app.command()
def export(store: StoreOption = None, out: OutOption = None, progress: ProgressOption = None) -> None:
    """Write the release of the last build, without publishing it."""
    config, reporter = _config(store, out, None), Reporter(shown=progress)
    with _working(config.store, _built, create=False) as (opened, run), reporter.stage("export"):
        made = export_release(opened, run, config.out, reporter)
    typer.echo(f"{made.folder}: {made.documents} documents, {made.written} files written, {made.linked} unchanged")


@app.command()
def publish(store: StoreOption = None, out: OutOption = None) -> None:
    """Switch what is served to the exported release, and prune old ones."""
    config = _config(store, out, None)
    with _working(config.store, _current, create=False) as (opened, run):
        release = publish_release(run, config.out, keep=config.keep)
        runs.set_run(opened, run, stage="publish", status="published")
    typer.echo(f"{config.out / 'latest'} -> {release}")


@app.command()
def report(
    store: StoreOption = None,
    run: Annotated[str | None, typer.Option("--run", metavar="ID", help="Which run. (default: the last)")] = None,
    as_json: JsonOption = False,
) -> None:
    """What a run listed, checked, published and noticed."""
    config = _config(store, None, None)
    with contextlib.closing(open_store(config.store, create=False)) as opened:
        print_report(make_report(opened, run), as_json=as_json, store=config.store)


@app.command()
def show(
    slug: Annotated[list[str], typer.Argument(metavar="SLUG...", help="Resources, as their documents are named.")],
    out: OutOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the health documents instead (of a withdrawn resource its own).")
    ] = False,
) -> None:
    """What the published release says of a resource and its health."""
    release = _config(None, out, None).out / "latest"
    for name in slug:
        found = page.read(release, name)
        if found is None:
            raise ConfigError(f"{release} holds no resource {name}")
        path = release / ("health" if found[1] else "resource") / f"{name}.json"
        typer.echo(path.read_text() if as_json else "\n".join(page.page(*found)))


@app.command()
def replay(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The recording.")],
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0 picks a free one.")] = 0,
) -> None:
    """Serve a recording on loopback until interrupted."""
    from crawler.serving import serve_recording

    recording = recordings.load(directory)
    with contextlib.suppress(KeyboardInterrupt):  # the ordinary end
        runner.run(serve_recording(recording, port, typer.echo))


@app.command()
def serve(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where releases are published.")] = Path("out"),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1.")] = 8402,
) -> None:
    """Look at the published release in a browser, on loopback, until interrupted."""
    from crawler.serving import serve_release

    if not (directory / "latest" / "manifest.json").is_file():
        raise ConfigError(f"{directory} holds no published release")
    with contextlib.suppress(KeyboardInterrupt):  # the ordinary end
        runner.run(serve_release(directory, port, typer.echo))


@database.command("upgrade")
def db_upgrade(store: StoreOption = None) -> None:
    """Bring the store to this version's schema."""
    config = _config(store, None, None)
    before, after = upgrade_store(config.store)
    typer.echo(f"schema {before or 'new'} -> {after}" if before != after else f"schema {after}: nothing to do")


# --- shared by the commands ------------------------------------------------------------------------------------


def _config(store: str | None, out: Path | None, source: list[str] | None) -> Config:
    config = configuration.load(store=store, out=out)
    if source:
        named = dict(_named(text) for text in source)
        for name, url in named.items():
            configuration.source(name, url)
        config = config.model_copy(update={"sources": named})
    return config


def _named(text: str) -> tuple[str, str]:
    name, equals, url = text.partition("=")
    if not equals or not name or not url:
        raise ConfigError(f"--source wants NAME=URL, not {text}")
    return name, url


def _recording(folder: Path | None) -> Recording | None:
    return None if folder is None else recordings.load(folder)


def _begin(store: Store, recording: Recording | None, now: str | None, accept_drop: str | None = None) -> Run:
    """The run to work in: the refused one, the given or recorded clock, a killed run that goes on, or the present."""
    if accept_drop is not None:
        run = _accepted(store, recording, accept_drop)
        runs.begin_run(store, run, replay=recording is not None)
        return run
    present = datetime.now(UTC)
    try:
        given = parse_time(now) if now is not None else recording.recorded_at if recording else None
    except ValueError:
        raise ConfigError(f"--now wants an ISO-8601 time, not {now}") from None
    run = Run(given) if given is not None else runs.unfinished_run(store, present) or Run(present)
    runs.begin_run(store, run, replay=recording is not None)
    return run


def _current(store: Store) -> Run:
    run = runs.current_run(store)
    if run is None:
        raise StoreMismatch("this store has no run yet: begin with 'x402-catalog crawl' or 'nightly'")
    return run


def _begun(store: Store, recording: Recording | None) -> Run:
    """The run to probe in: recorded answers and live ones are never mixed."""
    run = _current(store)
    if runs.is_replay(store, run) != (recording is not None):
        told = "is live: it takes no --replay" if recording else "replays a recording: name it with --replay"
        raise ConfigError(f"run {run.id} {told}")
    return run


def _accepted(store: Store, recording: Recording | None, named: str) -> Run:
    """The run a guard refused, to be gone on with: the last one, and no other."""
    run = _begun(store, recording)
    if run.id != named:
        raise ConfigError(f"--accept-drop {named}: only the last run can be gone on with, {run.id}")
    if not judging.is_refused(store, run):
        raise ConfigError(f"--accept-drop {named}: no guard refused its checks")
    return run


def _judged(store: Store) -> Run:
    """The run to build: one whose checks count, where it has any."""
    run = _current(store)
    if judging.is_refused(store, run):
        raise Refused(f"a guard refused run {run.id}; 'x402-catalog report' says why")
    if judging.is_unsettled(store, run):
        raise ConfigError(f"the checks of run {run.id} are not judged yet: go on with 'x402-catalog probe'")
    return run


def _built(store: Store) -> Run:
    run = _current(store)
    if not is_built(store, run):
        raise ConfigError(f"run {run.id} was not built yet: begin with 'x402-catalog build'")
    return run


@contextlib.contextmanager
def _working(url: str, begin: Callable[[Store], Run], *, create: bool = True) -> Iterator[tuple[Store, Run]]:
    """The store, held for one run, and the run ``begin`` finds or opens in it."""
    with contextlib.closing(open_store(url, create=create)) as store, store.lock():
        run = begin(store)
        with _failing(store, run):
            yield store, run


@contextlib.contextmanager
def _failing(store: Store, run: Run) -> Iterator[None]:
    """Note in the store how a run ended, where it did not end well; an interrupted one may go on."""
    try:
        yield
    except (NothingToPublish, Refused) as error:
        _note(store, run, "refused", str(error))
        raise
    except (KeyboardInterrupt, StoreMismatch):
        raise
    except Exception as error:
        _note(store, run, "failed", str(error))
        raise


def _note(store: Store, run: Run, status: str, message: str) -> None:
    with contextlib.suppress(StoreError):  # the store may be what failed
        runs.set_run(store, run, status=status, message=message[:1000])


def main() -> NoReturn:
    """Entry point: one clear line and the exit status of the contract instead of a traceback."""
    signal.signal(signal.SIGTERM, _terminate)
    many_records()
    sys.exit(execute())


def _terminate(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (the process's own by default) and return its exit status."""
    try:
        status = app(arguments, standalone_mode=False)
    except TyperException as error:  # without arguments typer has shown the help and has nothing to say
        return _say(error.format_message(), error.exit_code) if error.format_message() else error.exit_code
    except (ConfigError, BadRecording, StoreMismatch, runs.RunOrderError) as error:
        return _say(str(error), 2)
    except (NothingToPublish, Refused) as error:
        return _say(str(error), 3)
    except (StoreError, ReleaseError, InvalidDocument, stages.NoSourceRead, OSError) as error:
        return _say(str(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    if status == INTERRUPTED:
        return _say("interrupted: the same command goes on where this one stopped", 1)
    return status if isinstance(status, int) else 0


def _say(message: str, status: int) -> int:
    typer.echo(f"x402-catalog: {message}", err=True)
    return status


if __name__ == "__main__":
    main()
