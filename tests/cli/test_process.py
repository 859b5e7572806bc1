"""The command line as a process: pipes, signals, full disks, memory and imports."""

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

TIMEOUT = 60


def finish(process: subprocess.Popen[bytes], data: bytes = b"") -> tuple[int, bytes, bytes]:
    out, err = process.communicate(data, timeout=TIMEOUT)
    return process.returncode, out, err


@pytest.fixture
def many(event_file: Path, tmp_path: Path) -> Path:
    """A file of ten thousand events."""
    file = tmp_path / "many.ndjson"
    file.write_bytes(event_file.read_bytes() * 10_000)
    return file


def test_standard_input(spawn: Spawn, event_file: Path) -> None:
    """Without a file, or with -, events are read from standard input."""
    for arguments in ([], ["-"]):
        code, out, err = finish(
            spawn("translate", "goshops", "miso", *arguments), event_file.read_bytes()
        )
        assert (code, err) == (0, b"read 1, written 1, rejected 0\n")
        assert json.loads(out)["product_ids"] == ["SKU-1"]


def test_locale(spawn: Spawn, event_file: Path) -> None:
    """Input and output are UTF-8 in every locale."""
    data = event_file.read_text().replace("SKU-1", "čaj\u2028☕").encode()
    process = spawn("translate", "goshops", "miso")
    code, out, _ = finish(process, data)
    assert code == 0
    assert "čaj\u2028☕".encode() in out


def test_closed_pipe(spawn: Spawn, many: Path) -> None:
    """A closed standard output ends the run without a message."""
    process = spawn("translate", "goshops", "miso", many)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(TIMEOUT) == 0


@pytest.mark.parametrize("command", [["formats"], ["show", "goshops", "miso"], ["--version"]])
def test_closed_pipe_of_other_commands(spawn: Spawn, command: list[str]) -> None:
    """A closed standard output ends every command without a message."""
    reader, writer = os.pipe()
    os.close(reader)
    process = spawn(*command, stdout=writer)
    os.close(writer)
    code, _, err = finish(process)
    assert (code, err) == (0, b"")


@pytest.mark.parametrize("command", [["translate", "goshops", "miso", "FILE"], ["formats"]])
def test_full_disk(spawn: Spawn, event_file: Path, command: list[str]) -> None:
    """If writing standard output fails, every command exits with 74 and one clear message."""
    with open("/dev/full", "wb") as full:
        arguments = [str(event_file) if word == "FILE" else word for word in command]
        code, _, err = finish(spawn(*arguments, stdout=full))
    assert code == 74
    assert b"translator: cannot write standard output: No space left on device" in err
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err


def test_full_disk_leaves_no_partial_file(spawn: Spawn, many: Path, tmp_path: Path) -> None:
    """If writing -o fails, the previous file is unchanged."""
    out = tmp_path / "out.ndjson"
    out.write_text("before")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    code, _, err = finish(spawn("translate", "goshops", "miso", many, "-o", out, preexec_fn=limit))
    assert code == 74
    assert f"cannot write {out}: File too large; stopped at line".encode() in err
    assert out.read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == ["event.ndjson", "many.ndjson", "out.ndjson"]


@pytest.mark.parametrize(
    ("signal_sent", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
)
def test_interrupted(
    spawn: Spawn, event_file: Path, tmp_path: Path, signal_sent: signal.Signals, expected: int
) -> None:
    """Ctrl-C and SIGTERM report the line at which the run stopped and leave no partial file."""
    out = tmp_path / "out.ndjson"
    process = spawn("translate", "goshops", "miso", "-", "-o", out)
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(event_file.read_bytes() + b"oops\n")
    process.stdin.flush()
    assert process.stderr.readline().startswith(b"line 2: invalid-json")
    process.send_signal(signal_sent)
    err = process.stderr.read().decode().splitlines()
    assert process.wait(TIMEOUT) == expected
    assert err == [
        "read 2, written 1, rejected 1 (invalid-json 1)",
        f"translator: interrupted at line 2; {out} was not written",
    ]
    assert os.listdir(tmp_path) == [event_file.name]


def test_interrupted_run_saves_rejects(spawn: Spawn, event_file: Path, tmp_path: Path) -> None:
    """Rejects and events on standard output up to an interruption are saved."""
    rejects = tmp_path / "rejects.ndjson"
    process = spawn("translate", "goshops", "miso", "-", "--rejects", rejects)
    assert process.stdin is not None
    assert process.stdout is not None
    event = event_file.read_bytes()
    process.stdin.write(b"oops\n" + event * 500)
    process.stdin.flush()
    out = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out += process.stdout.read()
    assert process.wait(TIMEOUT) == 130
    assert [json.loads(line)["event"] for line in rejects.read_text().splitlines()] == ["oops"]
    assert all(json.loads(line) for line in out.splitlines())
    assert out.endswith(b"\n")


def peak_memory(process: subprocess.Popen[bytes]) -> int:
    """Wait for the process and return its peak memory in KiB."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss


def test_long_line_in_bounded_memory(spawn: Spawn, event_file: Path, tmp_path: Path) -> None:
    """A line far above the limit is rejected and needs hardly more memory than a short line."""
    file, rejects = tmp_path / "long.ndjson", tmp_path / "rejects.ndjson"
    with file.open("wb") as long:
        long.truncate(300 * 1024 * 1024)
        long.seek(0, os.SEEK_END)
        long.write(b"\n" + event_file.read_bytes())
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    usual = peak_memory(spawn("translate", "goshops", "miso", event_file, **quiet))
    process = spawn("translate", "goshops", "miso", file, "--rejects", rejects, **quiet)
    assert peak_memory(process) - usual < 4 * 1024
    assert process.returncode == 1
    (reject,) = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert (reject["line"], reject["code"]) == (1, "too-long")
    assert f"{300 * 1024 * 1024} bytes" in reject["message"]


def test_constant_memory(spawn: Spawn, event_file: Path, many: Path) -> None:
    """Ten thousand lines need hardly more memory than one line."""
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    usual = peak_memory(spawn("translate", "goshops", "miso", event_file, **quiet))
    assert peak_memory(spawn("translate", "goshops", "miso", many, **quiet)) - usual < 4 * 1024


def test_hostile_input(spawn: Spawn, event_file: Path) -> None:
    """Each kind of unreadable line is counted by its code, and the valid line is translated."""
    lines = [
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":NaN}',
        b'{"a":1e400}',
        b'{"a":"\\ud800"}',
        b"\xff\xfe",
        b'{"a":' + b"9" * 5000 + b"}",
        b"oops",
        event_file.read_bytes().strip(),
    ]
    code, out, err = finish(spawn("translate", "goshops", "miso"), b"\n".join(lines))
    assert code == 1
    assert len(out.splitlines()) == 1
    assert err.decode().splitlines()[-1] == (
        "read 9, written 1, rejected 8 (byte-order-mark 1, invalid-json 1, lone-surrogate 1, "
        "not-finite 2, not-utf8 1, too-deep 1, too-many-digits 1)"
    )


def test_closed_streams(spawn: Spawn, event_file: Path) -> None:
    """Without a standard stream, a command works or reports what is missing."""

    def without(descriptor: int) -> Callable[[], None]:
        return lambda: os.close(descriptor)

    code, _, err = finish(spawn("translate", "goshops", "miso", preexec_fn=without(0)))
    assert (code, err) == (2, b"translator: standard input is closed; name a FILE to read\n")
    command = ("translate", "goshops", "miso", event_file)
    code, _, err = finish(spawn(*command, preexec_fn=without(1)))
    assert (code, err) == (74, b"translator: cannot write standard output: it is closed\n")
    code, out, _ = finish(spawn(*command, preexec_fn=without(2)))
    assert (code, len(out.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    ("command", "unused_modules"),
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
def test_imports(event_file: Path, command: list[str], unused_modules: set[str]) -> None:
    """No command imports modules that it does not use."""
    arguments = [str(event_file) if word == "FILE" else word for word in command]
    script = (
        "import sys\nfrom translator.cli.main import main\n"
        f"main({arguments!r})\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    completed = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        check=True,
        timeout=TIMEOUT,
    )
    assert not unused_modules & set(completed.stderr.decode().splitlines()[-1].split())
