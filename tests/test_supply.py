"""What is installed: locked by version and hash, without what is known to be broken."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
LOCKS = ["build", "dev", "index", "serve"]
PROJECT: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# Below these, advisories are known: Starlette and python-multipart, forms that exhaust memory or
# time; lxml, entities that read files; urllib3, redirects and decompression without a bound.
LEAST = {"starlette": "1.3.1", "python-multipart": "0.0.27", "lxml": "6.1.0", "urllib3": "2.7.0"}


@dataclass(frozen=True)
class Locked:
    """A package in a lock; where it has two versions, markers tell which is for whom."""

    versions: frozenset[Version]
    hashes: frozenset[str]


def locked(name: str) -> dict[str, Locked]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    found: dict[str, Locked] = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        what, *rest = line.split(" --hash=sha256:")
        requirement = Requirement(what)
        (pin,) = requirement.specifier
        assert pin.operator == "==", line
        key = canonicalize_name(requirement.name)
        earlier = found.get(key, Locked(frozenset(), frozenset()))
        hashes = {one.strip() for one in rest}
        found[key] = Locked(earlier.versions | {Version(pin.version)}, earlier.hashes | hashes)
    return found


def wanted(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for, without torch and itself."""
    texts = [*PROJECT["dependencies"]]
    for extra in extras:
        texts += PROJECT["optional-dependencies"][extra]
    made = map(Requirement, texts)
    return [one for one in made if one.name not in {"torch", PROJECT["name"]}]


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_has_its_version_and_its_hashes(name: str) -> None:
    packages = locked(name)
    assert packages
    for package, one in packages.items():
        assert one.versions, package
        assert one.hashes, package
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in one.hashes), package


@pytest.mark.parametrize(
    ("name", "extras"),
    [("serve", ["rates"]), ("index", ["index"]), ("dev", ["index", "rates", "dev"])],
)
def test_a_lock_holds_what_the_project_asks_for(name: str, extras: list[str]) -> None:
    packages = locked(name)
    for requirement in wanted(*extras):
        versions = packages[canonicalize_name(requirement.name)].versions
        assert all(map(requirement.specifier.contains, versions)), requirement


def test_the_locks_agree() -> None:
    every = locked("dev")
    for name in LOCKS:
        for package, one in locked(name).items():
            assert one.versions <= every[package].versions, f"{name}: {package}"


def test_what_is_compiled_is_locked_for_other_machines_too() -> None:
    packages = locked("serve")
    for package in ("numpy", "onnxruntime", "faiss-cpu", "pydantic-core", "tokenizers"):
        assert len(packages[package].hashes) >= 5, package


def test_serving_is_locked_without_what_only_indexing_needs() -> None:
    here = locked("serve").keys()
    assert not here & {"torch", "transformers", "sentence-transformers", "scikit-learn", "scipy"}
    assert not here & {"beautifulsoup4", "lxml", "mammoth", "openpyxl", "defusedxml"}
    assert not [package for package in here if package.startswith(("nvidia", "triton"))]


def test_nothing_locked_is_older_than_the_last_known_hole() -> None:
    every = locked("dev")
    assert {"starlette", "lxml", "urllib3"} <= every.keys()
    for package, least in LEAST.items():
        if package in every:
            assert min(every[package].versions) >= Version(least), package


def test_what_is_installed_is_not_older_either() -> None:
    installed = {canonicalize_name(one.metadata["Name"]): one.version for one in distributions()}
    for package, least in LEAST.items():
        if package in installed:
            assert Version(installed[package]) >= Version(least), package


def test_torch_is_pinned_as_the_project_has_it() -> None:
    (pin,) = (one for one in PROJECT["optional-dependencies"]["index"] if one.startswith("torch"))
    lines = (ROOT / "requirements" / "torch.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [pin]


def test_make_installs_by_the_locks_and_their_hashes() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    installs = [line for line in lines if "/pip $(PIP)" in line]
    assert any("index.txt" in line for line in installs)
    for line in installs:
        from_locks = re.findall(r"-r requirements/(\w+)\.txt", line)
        assert from_locks == ["torch"] or not from_locks or "$(LOCKED)" in line, line
    assert "LOCKED := --require-hashes --no-deps" in lines


def test_the_widget_is_built_from_a_lock_with_hashes() -> None:
    packages = json.loads((ROOT / "widget" / "package-lock.json").read_text())["packages"]
    fetched = {name: one for name, one in packages.items() if name and not one.get("link")}
    assert fetched
    for name, one in fetched.items():
        assert one["integrity"].startswith("sha512-"), name
