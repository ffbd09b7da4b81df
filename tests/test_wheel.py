"""What an installation from the wheel gets."""

import zipfile

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A freshly built wheel."""
    folder = str(tmp_path_factory.mktemp("wheel"))
    return zipfile.ZipFile(next(WheelBuilder(str(ROOT)).build(directory=folder)))


def test_the_wheel_holds_both_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" not in name}
    assert tops == {"index", "qa"}


@pytest.mark.parametrize("package", ["index", "qa"])
def test_the_wheel_holds_every_file_of_a_package(wheel: zipfile.ZipFile, package: str) -> None:
    files = [path for path in (ROOT / package).rglob("*") if path.is_file()]
    wanted = {p.relative_to(ROOT).as_posix() for p in files if p.suffix != ".pyc"}
    assert wanted <= set(wheel.namelist())


def test_the_command_qa_is_installed(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "qa = qa.cli:main" in wheel.read(entry_points).decode()
