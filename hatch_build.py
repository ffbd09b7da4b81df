"""Compiles the C in index/ where the package is built: hatchling calls this."""

import os
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zlib import crc32

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES, LIBRARIES = "index/*.c", "index/lib*.so"
# The same sums on every machine: no compiler may round a product and a sum at once unasked.
FLAGS = ("-O3", "-std=c11", "-fPIC", "-shared", "-ffp-contract=off")
COMPILERS = ("cc", "gcc", "clang")


class Libraries(BuildHookInterface[Any]):
    """Puts the libraries into the wheel, which is then for one kind of machine and any Python."""

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Compile; an editable install finds each library beside its source."""
        root = Path(self.root)
        libraries = {_compiled(source) for source in root.glob(SOURCES)}
        for other in set(root.glob(LIBRARIES)) - libraries:
            other.unlink(missing_ok=True)
        machine = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{machine}"
        build_data["artifacts"].append(LIBRARIES)


def _compiled(source: Path) -> Path:
    """The library of a source, where index/native.py looks for it."""
    library = source.with_name(f"lib{source.stem}-{crc32(source.read_bytes()):08x}.so")
    with TemporaryDirectory(dir=source.parent.parent) as folder:
        made = Path(folder, library.name)
        command = [*_compiler(), *FLAGS, "-o", made, source, "-lm"]
        subprocess.run(command, check=True)  # noqa: S603 - a compiler, and no shell
        # At once: who runs from this folder has the one before mapped into memory.
        made.replace(library)
    return library


def _compiler() -> list[str]:
    if named := os.environ.get("CC"):
        return shlex.split(named)
    for name in COMPILERS:
        if found := shutil.which(name):
            return [found]
    names = ", ".join(COMPILERS)
    raise RuntimeError(f"qa needs a C compiler: install one ({names}) or name it in CC.")
