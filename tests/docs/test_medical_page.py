"""The medical how-to, letter by letter, with a BiomedCLIP of random weights."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from pathlib import Path

import pytest

from cli.main import main
from tests.support.biomedclip import MODEL, SMALL_VISION, TEXT_TOWER, write_model, write_text_tower
from tests.support.hub import hub_of

N_PICTURES = 60
"""The page names items up to 58."""


@pytest.fixture
def desk(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home and working folder, with pictures and labels where the page has them."""
    pictures = sorted((repository / "cli/demo/gallery").rglob("*.jpg"))[:N_PICTURES]
    folder = tmp_path / "teaching/chest"
    folder.mkdir(parents=True)
    for number, path in enumerate(pictures):
        shutil.copy(path, folder / f"{number}.jpg")
    shutil.copy(pictures[0], tmp_path / "x.png")
    with (tmp_path / "labels.csv").open("w") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "label", "patient"])
        for n in range(40):
            rows.writerow([folder / f"{n}.jpg", ["effusion", "normal"][n % 2], n // 4])
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SIGHTLINE_OFFLINE", "false")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_on_the_page_works(
    desk: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (repository / "docs/how-to/ask-a-medical-question.md").read_text()
    blocks = dict(re.findall(r"```(yaml|python)\n(.*?)```", page, re.DOTALL))
    (desk / "effusion.yaml").write_text(blocks["yaml"])
    root = desk / "hub"
    write_text_tower(root / TEXT_TOWER)
    write_model(root / MODEL, root / TEXT_TOWER, vision=SMALL_VISION)
    with hub_of(root, desk / "cache"):
        for line in re.findall(r"^    sightline (.*)$", page, re.MULTILINE):
            words = [word.replace("~", str(desk)) for word in shlex.split(line)]
            assert main(words) == 0, line
        exec(blocks["python"], {})
    printed = capsys.readouterr().out
    assert "Accepted effusion for 3 items." in printed
    assert "Too few labels for a temperature: 6, where 30 are needed." in printed
    assert "expected calibration error on kept-out patients:" in printed
    assert re.search(r"^effusion from (None|[01]\.\d+)", printed, re.MULTILINE)
