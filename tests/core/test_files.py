"""What a command leaves behind is whole, or what was there before."""

import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from citevents.core.files import write_whole
from citevents.matching.commands import cli as exchange
from citevents.scheduling.commands import cli as agenda


def test_a_file_is_replaced_whole_and_readable_by_all(tmp_path: Path) -> None:
    file = tmp_path / "agenda.json"
    for text in ("first, and longer than the second", "مرحبا"):
        write_whole(file, text)
        assert (file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777) == (text, 0o644)
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "agenda.json"
    file.write_text("before")
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "\ud800")
    assert (file.read_text(), list(tmp_path.iterdir())) == ("before", [file])
    with pytest.raises(OSError, match="No such file"):
        write_whole(tmp_path / "none" / "agenda.json", "text")


@pytest.mark.parametrize("command", [exchange, agenda])
def test_a_folder_that_is_not_there_is_said_before_the_work_begins(
    tmp_path: Path, command: click.Group
) -> None:
    problem, out = tmp_path / "problem.json", tmp_path / "none" / "answer.json"
    problem.write_text("not read")
    done = CliRunner().invoke(command, ["solve", str(problem), "--out", str(out)])
    assert (done.exit_code, f"there is no folder {out.parent}" in done.output) == (2, True)


def test_a_link_is_followed_and_a_pipe_is_written_to(tmp_path: Path) -> None:
    """`--out /dev/stdout` as root would else put a file in place of the device."""
    pipe, link, file = (tmp_path / name for name in ("pipe", "link", "file"))
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    link.symlink_to(file)
    write_whole(link, "text")
    assert (pipe.is_fifo(), link.is_symlink(), file.read_text()) == (True, True, "text")
