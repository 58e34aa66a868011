"""The project itself: names, docs, and what is in the built package."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from catalog import offers
from catalog.schemas.fieldspecs import FieldReader
from catalog.text import clean_json

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_current(generator: ModuleType) -> None:
    for name, text in generator.pages().items():
        assert (ROOT / "docs" / name).read_text() == text, f"docs/{name}: run 'make docs'"


def test_every_finding_is_explained() -> None:
    told = (ROOT / "docs" / "findings.md").read_text()
    literal = re.compile(r'"((?:accept|challenge|check|declared|field|listing|offer|source|text)\.[a-z_]+)"')
    sources = [path for package in ("catalog", "crawler") for path in sorted((ROOT / package).rglob("*.py"))]
    codes = {code for path in sources for code in literal.findall(path.read_text())}
    codes |= {f"accept.{code}" for code in re.findall(r"``(\w+)``", offers.problems.__doc__ or "")}
    assert len(codes) > 30
    notes = set(re.findall(r"``([a-z]+_[a-z_]+)``", (clean_json.__doc__ or "") + (FieldReader.__doc__ or "")))
    assert sorted(code for code in codes | notes if f"`{code}`" not in told) == []


def test_spiders_are_named_and_documented(generator: ModuleType) -> None:
    spiders = generator.spiders()
    assert [spider.name for spider in spiders] == ["bazaar", "challenge", "origin"]
    for spider in spiders:
        assert spider.__module__ == f"crawler.spiders.{spider.name}"
        assert spider.__name__ == f"{spider.name.title()}Spider"
        assert ":input:" in spider.__doc__
        assert ":output:" in spider.__doc__


def test_every_deviation_from_scrapys_settings_has_its_reason() -> None:
    source = (ROOT / "crawler" / "settings.py").read_text().splitlines()
    for number, line in enumerate(source):
        if line[:1].isupper() and " = " in line and not line.startswith(("BOT_NAME", "SPIDER_MODULES")):
            above = [text for text in source[max(0, number - 4) : number] if text.startswith("#")]
            assert above, line


def test_every_package_is_in_the_wheel(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
        ".",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no build backend here: {done.stderr.strip().splitlines()[-1]}")
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    for root in ("catalog", "crawler", "exports"):
        for path in (ROOT / root).rglob("*"):
            if path.suffix in (".py", ".json", ".jsonl", ".toml", ".mako") and "__pycache__" not in path.parts:
                assert str(path.relative_to(ROOT)) in packed, path


def test_the_listed_packages_are_the_real_ones() -> None:
    named = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for root in ("catalog", "crawler", "exports")
        for path in (ROOT / root).rglob("__init__.py")
    }
    assert named == found
