"""The command line as a process among others: pipes, signals, full disks, memory, start-up."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Spawn = Callable[..., "subprocess.Popen[bytes]"]

LIMIT = 60


def finished(process: subprocess.Popen[bytes], data: bytes = b"") -> tuple[int, bytes, bytes]:
    out, err = process.communicate(data, timeout=LIMIT)
    return process.returncode, out, err


@pytest.fixture
def many(one: Path, tmp_path: Path) -> Path:
    """A file of ten thousand events."""
    file = tmp_path / "many.ndjson"
    file.write_bytes(one.read_bytes() * 10_000)
    return file


def test_standard_input(spawn: Spawn, one: Path) -> None:
    """Without a file, or with -, events come from standard input."""
    for arguments in ([], ["-"]):
        code, out, err = finished(
            spawn("translate", "goshops", "miso", *arguments), one.read_bytes()
        )
        assert (code, err) == (0, b"read 1, written 1, rejected 0\n")
        assert json.loads(out)["product_ids"] == ["SKU-1"]


def test_locale(spawn: Spawn, one: Path) -> None:
    """Letters outside ASCII are UTF-8 in every locale."""
    data = one.read_text().replace("SKU-1", "čaj\u2028☕").encode()
    process = spawn("translate", "goshops", "miso")
    code, out, _ = finished(process, data)
    assert code == 0
    assert "čaj\u2028☕".encode() in out


def test_closed_pipe(spawn: Spawn, many: Path) -> None:
    """A reader that goes away ends the run quietly."""
    process = spawn("translate", "goshops", "miso", many)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(LIMIT) == 0


@pytest.mark.parametrize("command", [["formats"], ["show", "goshops", "miso"], ["--version"]])
def test_closed_pipe_of_other_commands(spawn: Spawn, command: list[str]) -> None:
    """A pipe without a reader ends every command quietly."""
    reader, writer = os.pipe()
    os.close(reader)
    process = spawn(*command, stdout=writer)
    os.close(writer)
    code, _, err = finished(process)
    assert (code, err) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("command", [["translate", "goshops", "miso", "FILE"], ["formats"]])
def test_full_disk(spawn: Spawn, one: Path, command: list[str]) -> None:
    """Output that cannot be written is exit code 74 and one clear line, whatever the command."""
    with open("/dev/full", "wb") as full:
        arguments = [str(one) if word == "FILE" else word for word in command]
        code, _, err = finished(spawn(*arguments, stdout=full))
    assert code == 74
    assert b"translator: cannot write standard output: No space left on device" in err
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err


def test_full_disk_leaves_no_half_file(spawn: Spawn, many: Path, tmp_path: Path) -> None:
    """When -o cannot be written to its end, what was there before is untouched."""
    out = tmp_path / "out.ndjson"
    out.write_text("before")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    code, _, err = finished(
        spawn("translate", "goshops", "miso", many, "-o", out, preexec_fn=limit)
    )
    assert code == 74
    assert f"cannot write {out}: File too large; stopped at line".encode() in err
    assert out.read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == ["many.ndjson", "one.ndjson", "out.ndjson"]


@pytest.mark.parametrize(
    ("sent", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
)
def test_interrupted(
    spawn: Spawn, one: Path, tmp_path: Path, sent: signal.Signals, expected: int
) -> None:
    """Ctrl-C and SIGTERM say where the run stopped and leave no half file, but the rejects."""
    out, rejects = tmp_path / "out.ndjson", tmp_path / "rejects.ndjson"
    process = spawn("translate", "goshops", "miso", "-", "-o", out)
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(one.read_bytes() + b"oops\n")
    process.stdin.flush()
    assert process.stderr.readline().startswith(b"line 2: invalid-json")
    process.send_signal(sent)
    err = process.stderr.read().decode().splitlines()
    assert process.wait(LIMIT) == expected
    assert err == [
        "read 2, written 1, rejected 1 (invalid-json 1)",
        f"translator: interrupted at line 2; {out} was not written",
    ]
    assert os.listdir(tmp_path) == [one.name]
    assert not rejects.exists()


def test_interrupted_keeps_rejects(spawn: Spawn, one: Path, tmp_path: Path) -> None:
    """The rejects up to an interruption are kept, and so are the events on standard output."""
    rejects = tmp_path / "rejects.ndjson"
    process = spawn("translate", "goshops", "miso", "-", "--rejects", rejects)
    assert process.stdin is not None
    assert process.stdout is not None
    event = one.read_bytes()
    process.stdin.write(b"oops\n" + event * 500)
    process.stdin.flush()
    out = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out += process.stdout.read()
    assert process.wait(LIMIT) == 130
    assert [json.loads(line)["event"] for line in rejects.read_text().splitlines()] == ["oops"]
    assert all(json.loads(line) for line in out.splitlines())
    assert out.endswith(b"\n")


def peak(process: subprocess.Popen[bytes]) -> int:
    """Wait for the process; the most memory it held, in KiB."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss


def test_long_line_in_bounded_memory(spawn: Spawn, one: Path, tmp_path: Path) -> None:
    """A line far above the bound costs hardly more memory than a short one, and is a reject."""
    file, rejects = tmp_path / "long.ndjson", tmp_path / "rejects.ndjson"
    with file.open("wb") as long:
        long.truncate(300 * 1024 * 1024)
        long.seek(0, os.SEEK_END)
        long.write(b"\n" + one.read_bytes())
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    usual = peak(spawn("translate", "goshops", "miso", one, **quiet))
    process = spawn("translate", "goshops", "miso", file, "--rejects", rejects, **quiet)
    assert peak(process) - usual < 4 * 1024
    assert process.returncode == 1
    (found,) = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert (found["line"], found["code"]) == (1, "too-long")
    assert f"{300 * 1024 * 1024} bytes" in found["message"]


def test_constant_memory(spawn: Spawn, one: Path, many: Path) -> None:
    """Ten thousand lines take hardly more memory than one."""
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    usual = peak(spawn("translate", "goshops", "miso", one, **quiet))
    assert peak(spawn("translate", "goshops", "miso", many, **quiet)) - usual < 4 * 1024


def test_hostile_input(spawn: Spawn, one: Path) -> None:
    """Every kind of line that cannot be read is counted by its code, and the good one is kept."""
    lines = [
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":NaN}',
        b'{"a":1e400}',
        b'{"a":"\\ud800"}',
        b"\xff\xfe",
        b'{"a":' + b"9" * 5000 + b"}",
        b"oops",
        one.read_bytes().strip(),
    ]
    code, out, err = finished(spawn("translate", "goshops", "miso"), b"\n".join(lines))
    assert code == 1
    assert len(out.splitlines()) == 1
    assert err.decode().splitlines()[-1] == (
        "read 9, written 1, rejected 8 (byte-order-mark 1, invalid-json 1, lone-surrogate 1, "
        "not-finite 2, not-utf8 1, too-deep 1, too-many-digits 1)"
    )


def test_closed_streams(spawn: Spawn, one: Path) -> None:
    """A process without standard streams says so, or does its work; it never crashes."""

    def without(descriptor: int) -> Callable[[], None]:
        return lambda: os.close(descriptor)

    code, _, err = finished(spawn("translate", "goshops", "miso", preexec_fn=without(0)))
    assert (code, err) == (2, b"translator: standard input is closed; name a FILE to read\n")
    command = ("translate", "goshops", "miso", one)
    code, _, err = finished(spawn(*command, preexec_fn=without(1)))
    assert (code, err) == (74, b"translator: cannot write standard output: it is closed\n")
    code, out, _ = finished(spawn(*command, preexec_fn=without(2)))
    assert (code, len(out.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        (["--version"], {"yaml", "msgspec", "jsonschema_rs", "pydantic", "json"}),
        (["--help"], {"yaml", "msgspec", "jsonschema_rs", "pydantic", "json"}),
        (["formats"], {"jsonschema", "jsonschema_rs", "pydantic", "jinja2", "hypothesis"}),
        (
            ["translate", "goshops", "miso", "FILE"],
            {
                "jsonschema",
                "pydantic",
                "jinja2",
                "translator.schema.models",
                "asyncio",
                "hypothesis",
            },
        ),
    ],
)
def test_imports(one: Path, command: list[str], absent: set[str]) -> None:
    """No command imports what it does not use."""
    arguments = [str(one) if word == "FILE" else word for word in command]
    program = (
        "import sys\nfrom translator.cli.main import main\n"
        f"main({arguments!r})\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        check=True,
        timeout=LIMIT,
    )
    assert not absent & set(done.stderr.decode().splitlines()[-1].split())
