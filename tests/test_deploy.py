"""What is in deploy/ and the guide to operating names only what there is."""

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

from qa.cli.app import app
from qa.metrics import exposition
from qa.settings import Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
FILES = sorted(path for path in DEPLOY.iterdir() if path.is_file())
TEXTS = [path.read_text(encoding="utf-8") for path in FILES] + [GUIDE]
SETTINGS = {f"QA_{name.upper()}" for name in Settings.model_fields}


def commands() -> set[str]:
    """Every command, those of a group with its name before theirs."""
    group = typer.main.get_command(app)
    found: set[str] = set()
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", {})
        found |= {f"{name} {one}" for one in inner} or {name}
    return found


def code(text: str) -> str:
    """What stands in a document as code."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


@pytest.mark.parametrize("text", TEXTS, ids=[*(path.name for path in FILES), "operations.md"])
def test_every_setting_that_is_named_exists(text: str) -> None:
    assert set(re.findall(r"\bQA_[A-Z_]+", text)) <= SETTINGS


def test_the_guide_names_the_settings_of_operating() -> None:
    of_the_index = {"QA_MODEL", "QA_PRECISION", "QA_PROMISED_ERROR"}
    assert SETTINGS - of_the_index <= set(re.findall(r"\bQA_[A-Z_]+", GUIDE))


def test_every_command_of_the_guide_exists() -> None:
    named = re.findall(r"(?:^|[\s`/])qa ([a-z]+(?: (?:add|list|revoke))?)(?![a-z-])", code(GUIDE))
    assert len(named) > 8
    assert set(named) <= commands()


def test_every_metric_of_the_guide_and_the_alerts_exists() -> None:
    shown = set(re.findall(r"^# TYPE (\w+)", exposition().decode(), re.MULTILINE))
    shown |= {f"{name}_{kind}" for name in shown for kind in ("bucket", "count", "sum")}
    alerts = (DEPLOY / "alerts.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:qa_(?!short)[a-z_]+|process_[a-z_]+)\b", alerts + code(GUIDE)))
    assert len(named) > 10
    assert named <= shown


def test_every_alert_has_an_expression_and_says_what_is_the_matter() -> None:
    (group,) = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    assert len(group["rules"]) >= 6
    for rule in group["rules"]:
        assert rule["expr"].count("(") == rule["expr"].count(")")
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"].endswith((".", ")."))


def unit() -> dict[str, str]:
    lines = (DEPLOY / "qa.service").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition("=") for line in lines if re.match(r"[A-Z]\w+=", line)]
    return {name: value for name, _, value in pairs}


def test_the_unit_starts_a_command_there_is_and_leaves_it_time_to_stop() -> None:
    from qa.stopping import LONGEST

    program, command = shlex.split(unit()["ExecStart"])
    assert Path(program).name == "qa"
    assert command in commands()
    assert int(unit()["TimeoutStopSec"]) > LONGEST
    assert unit()["KillMode"] == "mixed"


def test_the_unit_may_write_to_its_own_folder_and_nowhere_else() -> None:
    found = unit()
    assert found["ProtectSystem"] == "strict"
    assert found["Environment"] == f"QA_INDEX=/var/lib/{found['StateDirectory']}/index"
    assert "ReadWritePaths" not in found
    assert found["NoNewPrivileges"] == found["ProtectHome"] == found["PrivateTmp"] == "yes"
    assert found["User"] != "root"


def test_the_container_copies_what_there_is_and_runs_without_torch_as_nobody() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    stages = re.split(r"^FROM ", text, flags=re.MULTILINE)[1:]
    assert [stage.split("\n")[0].split(" AS ")[-1] for stage in stages[:3]] == [
        "installed",
        "indexed",
        "program",
    ]
    own = [line for line in text.splitlines() if re.match(r"COPY (?!--from)", line)]
    for line in own:
        for name in line.split()[1:-1]:
            assert (ROOT / name).exists(), name
    program = stages[2] + stages[3]
    assert "pip" not in program
    assert re.search(r"^USER 10001$", program, re.MULTILINE)
    assert "/opt/qa" not in stages[1].replace("/opt/qa/bin", "")


def test_the_containers_check_of_health_asks_a_route_there_is() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    (check,) = re.findall(r"^HEALTHCHECK .* CMD \[(.*)\]$", text, re.MULTILINE)
    assert "/readyz" in check
    (program,) = re.findall(r'"-c", "(.*)"', check)
    compile(program, "HEALTHCHECK", "exec")


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_a_proxy_hides_the_metrics_bounds_bodies_and_waits_as_long_as_a_batch(name: str) -> None:
    from qa.http.limits import BATCH_BODY_BYTES

    text = (DEPLOY / name).read_text(encoding="utf-8")
    assert "/faq-service/metrics {" in text
    assert f"{BATCH_BODY_BYTES // 2**20}m" in text.lower()
    assert "130s" in text
    assert "X-Request-ID" in text
    assert "127.0.0.1:8000" in text
