"""Find the files of formats in folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from translator import Catalog, MappingError, SpecError
from translator.cli.main import main


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a folder unlistable, even for root."""

    def forbid_folder(folder: Path) -> None:
        listdir = os.listdir

        def refusing_listdir(path: str) -> list[str]:
            if path == str(folder):
                raise PermissionError(13, "Permission denied", path)
            return listdir(path)

        monkeypatch.setattr(os, "listdir", refusing_listdir)

    return forbid_folder


def test_a_spec_folder_that_cannot_be_listed_is_an_error(tmp_path: Path, forbid: Any) -> None:
    """The error names the folder of specs and the reason, not a format that seems unknown."""
    forbid(tmp_path)
    with pytest.raises(SpecError) as error:
        Catalog(specs=[tmp_path]).spec("goshops")
    assert [finding.code for finding in error.value.diagnostics] == ["spec-file"]
    assert str(tmp_path) in str(error.value)
    assert "Permission denied" in str(error.value)


def test_a_mapping_folder_that_cannot_be_listed_is_an_error(tmp_path: Path, forbid: Any) -> None:
    """The error names the folder of mappings, not a route that seems missing."""
    forbid(tmp_path)
    with pytest.raises(MappingError) as error:
        Catalog(mappings=[tmp_path]).route("goshops", "miso")
    assert [finding.code for finding in error.value.diagnostics] == ["mapping-file"]
    assert str(tmp_path) in str(error.value)


@pytest.mark.parametrize("option", ["--specs", "--mappings"])
@pytest.mark.parametrize("command", [["formats"], ["check"], ["translate", "goshops", "miso"]])
def test_a_command_fails_on_a_folder_that_cannot_be_listed(
    command: list[str],
    option: str,
    tmp_path: Path,
    forbid: Any,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The command line exits with 2 and names the folder."""
    forbid(tmp_path)
    assert main([*command, option, str(tmp_path)]) == 2
    assert f"{tmp_path}: error[{option[2:-1]}-file]" in capfd.readouterr().err


def test_a_missing_folder_has_no_formats(tmp_path: Path) -> None:
    """Folders that do not exist are skipped: an installed package may offer specs only."""
    missing = [tmp_path / "missing"]
    assert Catalog(missing, missing).formats() == Catalog().formats()
