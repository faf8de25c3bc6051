"""The image and the compose file, held to the program as far as can be without an engine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.routing import APIRoute

from api.processes.link import ENDS_WITHIN_S
from api.routes import health, metrics
from api.server import GRACE_S
from cli.main import main
from search.settings import Settings

PROFILES = ("gpu", "prometheus")
OURS = ("api", "worker", "worker-gpu", "migrate")
_ELSEWHERE = {"SIGHTLINE_TAG", "SIGHTLINE_PHOTOS", "SIGHTLINE_PORT", "SIGHTLINE_GPU_EXTRA"} | {
    "SIGHTLINE_METRICS_KEY_FILE"
}
"""Variables of the compose file itself."""


def tool(name: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    path = Path(sys.executable).parent / name
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return subprocess.run(
        [str(path), *arguments],
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def compose(repository: Path) -> dict[str, Any]:
    """The compose file as Docker understands it, with every profile."""
    profiles = [word for profile in PROFILES for word in ("--profile", profile)]
    file = str(repository / "docker-compose.yml")
    read = tool(
        "docker-compose", "-f", file, *profiles, "config", POSTGRES_PASSWORD="secret", COLUMNS="80"
    )
    assert read.returncode == 0, read.stderr
    found: dict[str, Any] = yaml.safe_load(read.stdout)
    return found


def instructions(repository: Path) -> list[tuple[str, str]]:
    text = (repository / "Dockerfile").read_text()
    plain = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    pairs = [line.partition(" ") for line in plain.splitlines() if line.strip()]
    return [(word, rest.strip()) for word, _, rest in pairs]


def test_the_dockerfile_has_no_fault_that_a_linter_knows(repository: Path) -> None:
    found = tool("hadolint", "--failure-threshold", "info", str(repository / "Dockerfile"))
    assert (found.returncode, found.stdout) == (0, "")


def test_without_a_password_nothing_is_started(repository: Path) -> None:
    read = tool("docker-compose", "-f", str(repository / "docker-compose.yml"), "config")
    assert read.returncode != 0
    assert "POSTGRES_PASSWORD" in read.stderr


def test_optional_parts_wait_for_their_profile(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {*OURS, "postgres", "prometheus"}
    assert {name: services[name].get("profiles") for name in services} == {
        "api": None,
        "worker": None,
        "migrate": None,
        "postgres": None,
        "worker-gpu": ["gpu"],
        "prometheus": ["prometheus"],
    }


@pytest.mark.parametrize("name", OURS)
def test_settings_of_a_container_are_settings_of_the_program(
    name: str, compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = compose["services"][name]["environment"]
    known = {f"SIGHTLINE_{field.upper()}" for field in Settings.model_fields}
    assert given.keys() <= known
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    settings = Settings()
    assert settings.background_worker is False
    assert settings.sqlalchemy_url == "postgresql+psycopg://sightline:secret@postgres/sightline"


def test_variables_that_the_compose_file_reads_exist(repository: Path) -> None:
    text = (repository / "docker-compose.yml").read_text()
    read = set(re.findall(r"\$\{(SIGHTLINE_\w+)", text))
    known = {f"SIGHTLINE_{field.upper()}" for field in Settings.model_fields}
    assert read <= known | _ELSEWHERE
    page = (repository / "docs/how-to/run-with-docker.md").read_text()
    assert {name for name in _ELSEWHERE - {"SIGHTLINE_TAG"} if name not in page} <= {
        "SIGHTLINE_METRICS_KEY_FILE"
    }


@pytest.mark.parametrize("name", OURS)
def test_containers_hold_no_right_that_they_do_not_need(name: str, compose: dict[str, Any]) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    mounts = {one["target"]: one for one in service["volumes"]}
    assert mounts["/photos"]["read_only"] is True
    assert {mounts["/data"]["source"], mounts["/weights"]["source"]} <= set(compose["volumes"])


def test_nothing_is_published_beyond_this_machine(compose: dict[str, Any]) -> None:
    published = {
        name: [port["host_ip"] for port in service.get("ports", [])]
        for name, service in compose["services"].items()
    }
    assert published["api"] == ["127.0.0.1"]
    assert published["postgres"] == []
    assert {ip for ips in published.values() for ip in ips} == {"127.0.0.1"}


@pytest.mark.parametrize("name", OURS)
def test_commands_of_containers_are_commands_of_the_program(
    name: str,
    compose: dict[str, Any],
    repository: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (default,) = [rest for word, rest in instructions(repository) if word == "CMD"]
    words = compose["services"][name].get("command") or yaml.safe_load(default)
    assert main([words[0], "--help"]) == 0
    options = [word for word in words if word.startswith("--")]
    said = capsys.readouterr().out
    assert all(option in said for option in options)


def test_image_runs_as_nobody_in_particular_and_tells_its_health(repository: Path) -> None:
    steps = instructions(repository)
    (user,) = [rest for word, rest in steps if word == "USER"]
    assert all(int(number) > 0 for number in user.split(":"))
    assert [word for word, _ in steps].index("USER") < [word for word, _ in steps].index("CMD")
    (check,) = [rest for word, rest in steps if word == "HEALTHCHECK"]
    paths = {route.path for route in health.router.routes if isinstance(route, APIRoute)}
    (asked,) = re.findall(r"127\.0\.0\.1:8000(/[\w/]+)", check)
    assert asked in paths
    assert sum(word == "FROM" for word, _ in steps) == 2


def test_image_is_built_from_what_is_there_and_locked(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    copied = [rest.split()[:-1] for word, rest in instructions(repository) if word == "COPY"]
    sources = [one for words in copied for one in words if not one.startswith(("--", "/"))]
    assert packages <= {one.rstrip("/") for one in sources}
    ignored = (repository / ".dockerignore").read_text().split()
    for source in sources:
        name = source.replace("${EXTRA}", "cpu")
        assert (repository / name).exists(), name
        assert any(name.startswith(one[1:]) for one in ignored if one.startswith("!")), name
    driver = (repository / "requirements/postgresql.in").read_text().splitlines()[-1]
    assert project["project"]["optional-dependencies"]["postgresql"] == [driver]


def test_images_take_an_extra_that_exists(repository: Path, compose: dict[str, Any]) -> None:
    extras = tomllib.loads((repository / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    for name in OURS:
        extra = compose["services"][name]["build"]["args"]["EXTRA"]
        assert extra in extras
        assert (repository / f"requirements/{extra}.txt").exists()


def test_gpu_profile_asks_for_a_gpu_and_an_image_of_its_own(compose: dict[str, Any]) -> None:
    gpu, plain = compose["services"]["worker-gpu"], compose["services"]["worker"]
    (device,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
    assert gpu["environment"]["SIGHTLINE_DEVICE"] == "cuda"
    assert gpu["image"] != plain["image"]
    assert gpu["build"]["args"]["EXTRA"] != plain["build"]["args"]["EXTRA"]
    assert "deploy" not in plain


def test_service_and_workers_are_given_time_to_end_what_they_do(compose: dict[str, Any]) -> None:
    for name in ("api", "worker", "worker-gpu"):
        grace = str(compose["services"][name]["stop_grace_period"])
        said = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", grace)
        assert said is not None, grace
        minutes, seconds = said.groups("0")
        assert 60 * int(minutes) + int(seconds) >= max(2 * GRACE_S, ENDS_WITHIN_S)


def test_service_waits_for_the_schema_and_prometheus_for_the_service(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    waits = {
        name: {on: how["condition"] for on, how in services[name].get("depends_on", {}).items()}
        for name in services
    }
    migrated = {"migrate": "service_completed_successfully"}
    assert waits["api"] == waits["worker"] == waits["worker-gpu"] == migrated
    assert waits["migrate"] == {"postgres": "service_healthy"}
    assert waits["prometheus"] == {"api": "service_healthy"}
    for name in ("worker", "worker-gpu", "migrate"):
        assert services[name]["healthcheck"]["disable"] is True  # they serve nothing to ask
    assert "healthcheck" not in services["api"]  # the image's own


def test_prometheus_scrapes_the_route_that_there_is(
    repository: Path, compose: dict[str, Any]
) -> None:
    (job,) = yaml.safe_load((repository / "docker/prometheus.yml").read_text())["scrape_configs"]
    paths = {route.path for route in metrics.router.routes if isinstance(route, APIRoute)}
    assert job["metrics_path"] in paths
    assert job["static_configs"] == [{"targets": ["api:8000"]}]
    (secret,) = compose["services"]["prometheus"]["secrets"]
    assert job["authorization"]["credentials_file"] == f"/run/secrets/{secret['target']}"
    (mounted,) = [
        one for one in compose["services"]["prometheus"]["volumes"] if one["type"] == "bind"
    ]
    assert Path(mounted["source"]) == repository / "docker/prometheus.yml"
