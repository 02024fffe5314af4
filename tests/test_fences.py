"""Fences keep what foreign code raises and let a person through; packed files are read up to a ceiling."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import nasapi
from nasapi.errors import CorruptData, PluginError, StoreError
from nasapi.safety import unpacked
from nasapi.safety.fences import NAMED_FILE, Fence, Interrupted, describe, interrupt, with_place
from nasapi.safety.process_settings import process_settings


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_whatever_a_block_raises_is_kept(error: BaseException) -> None:
    with Fence() as fence:
        raise error
    assert fence.error is error
    assert fence.reason == describe(error)


def test_a_block_that_raises_nothing_has_no_reason() -> None:
    with Fence() as fence:
        pass
    assert (fence.error, fence.reason) == (None, "")


def test_what_may_pass_and_a_persons_interruption_do() -> None:
    with pytest.raises(LookupError), Fence(LookupError) as fence:
        raise KeyError("a")
    assert fence.error is None
    with pytest.raises(Interrupted), Fence():
        interrupt(2, None)


def test_signals_that_mean_ctrl_c_mean_an_interruption_within_and_are_put_back() -> None:
    before = [signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with Fence():
            assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == [interrupt, interrupt]
            with Fence():
                pass
            assert signal.getsignal(signal.SIGINT) is interrupt
        assert signal.getsignal(signal.SIGINT) is signal.getsignal(signal.SIGTERM) is signal.default_int_handler
        with pytest.raises(Interrupted), Fence():
            signal.raise_signal(signal.SIGTERM)
        with Fence():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN  # what the block chose is its own
        with Fence():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)


def test_a_message_ends_with_the_line_of_a_persons_file_before_its_full_stop(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def fail(words):\n    raise ValueError(words)\n")
    with pytest.raises(PluginError) as missing:  # the file becomes a module that a person named
        nasapi.load_space(f"{tmp_path / 'mine.py'}:absent")
    assert with_place(missing.value) == str(missing.value)
    fail = sys.modules[f"{NAMED_FILE}mine"].fail
    for words, shown in (("It is so.", "It is so (mine.py, line 2)."), ("it is so", "it is so (mine.py, line 2)")):
        with pytest.raises(ValueError, match=words) as raised:
            fail(words)
        assert with_place(raised.value) == shown


def test_other_threads_have_fences_too() -> None:
    kept: list[str] = []

    def work() -> None:
        with Fence() as fence:
            raise SystemExit
        kept.append(fence.reason)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert kept == ["SystemExit"]


def test_an_error_is_one_printable_line_whatever_its_class_does() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    class Impatient(Exception):
        def __str__(self) -> str:
            raise Interrupted

    assert describe(ValueError("two\n  lines\x1b")) == "ValueError: two lines\\x1b"
    assert describe(ValueError()) == "ValueError"
    assert describe(Mute()) == "Mute: (its text raises ZeroDivisionError)"
    assert describe(ValueError("x" * 988)) == f"ValueError: {'x' * 988}"
    assert describe(ValueError("x" * 989)).endswith("… (cut from 1,001 characters)")
    assert len(describe(ValueError("x" * 989))) == len(describe(ValueError("x" * 5000))) == 1000
    with pytest.raises(Interrupted):
        describe(Impatient())


@pytest.mark.parametrize(("size", "most"), [(0, 1 << 26), (1 << 18, 1 << 26), (1 << 20, 200 << 20), (1 << 40, 1 << 36)])
def test_a_file_may_unpack_to_two_hundred_times_its_size_within_bounds(size: int, most: int) -> None:
    assert unpacked.ceiling(size) == most
    unpacked.require_below(most, size, "It")
    with pytest.raises(CorruptData, match=f"It has {size:,} bytes and unpacks to {most + 1:,}, more than the {most:,}"):
        unpacked.require_below(most + 1, size, "It")


def test_a_file_that_unpacks_is_moved_in_from_its_beginning_its_place_and_its_end() -> None:
    file = unpacked.Bounded(io.BytesIO(b"0123456789"), 10, "It")
    assert [file.seek(4), file.seek(3, 1), file.tell(), file.seek(-2, 2)] == [4, 7, 7, 8]
    assert file.read(5) == b"89"
    with pytest.raises(CorruptData, match="It has 10 bytes"):
        file.seek(unpacked.ceiling(10) + 1)


def test_settings_of_a_process_are_those_by_which_the_numbers_of_others_would_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual = {
        "torch's default type": "torch.float32",
        "torch's default device": "cpu",
        "whether torch follows gradients": "True",
        "whether torch's algorithms are deterministic": "0",
        "the precision of torch's products": "highest",
        "scikit-learn's transform_output": "default",
        "scikit-learn's assume_finite": False,
    }
    for library in ("torch", "sklearn"):
        monkeypatch.setitem(sys.modules, library, None)
    before = process_settings()
    assert before.items() >= usual.items()
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(is_grad_enabled=lambda: False))
    monkeypatch.setitem(sys.modules, "sklearn", SimpleNamespace(get_config=lambda: {"assume_finite": True}))
    set_by_others = {"whether torch follows gradients": "False", "scikit-learn's assume_finite": True}
    assert process_settings() == before | set_by_others
    with np.errstate(over="raise"), warnings.catch_warnings():
        warnings.simplefilter("error", category=FutureWarning)
        for ignored in (UserWarning, ImportWarning):
            warnings.simplefilter("ignore", category=ignored)
        found = process_settings()
    assert found["numpy's handling of errors"] == {**before["numpy's handling of errors"], "over": "raise"}
    kinds = "how many kinds of warnings are errors"
    assert found[kinds] == before[kinds] + 1
    for limit, seen in ((2000, 1000), (1000, 1000), (999, 999)):
        monkeypatch.setattr("sys.getrecursionlimit", lambda limit=limit: limit)
        assert process_settings()["the recursion limit"] == seen


CONTENT = bytes(range(256)) * 40


@pytest.mark.parametrize("pack", [bz2.compress, gzip.compress, lzma.compress, bytes])
def test_packed_files_are_read_and_moved_in_like_plain_ones(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(pack(CONTENT))
    with unpacked.opened(tmp_path / "f") as file:
        assert file.read(300) == CONTENT[:300]
        assert file.seek(10) == file.tell() == 10
        assert file.seek(20, io.SEEK_CUR) == 30
        assert file.read(2) == CONTENT[30:32]
        assert file.seek(-5, io.SEEK_END) == len(CONTENT) - 5
        assert file.read() == CONTENT[-5:]
        assert file.readable() and file.seekable()


@pytest.mark.parametrize("pack", [bz2.compress, gzip.compress, lzma.compress, bytes])
def test_no_byte_beyond_the_ceiling_is_reached(
    pack: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f").write_bytes(pack(CONTENT))
    monkeypatch.setattr(unpacked, "MOST", len(CONTENT))
    with unpacked.opened(tmp_path / "f") as file:
        assert file.read() == CONTENT
    monkeypatch.setattr(unpacked, "MOST", len(CONTENT) - 1)
    for reach in (lambda file: file.read(), lambda file: file.seek(len(CONTENT)), lambda file: file.seek(0, 2)):
        with (
            pytest.raises(CorruptData, match=f"unpacks to more than {len(CONTENT) - 1:,}; it was not read further"),
            unpacked.opened(tmp_path / "f") as file,
        ):
            reach(file)


@pytest.mark.parametrize("pack", [bz2.compress, gzip.compress, lzma.compress])
def test_packed_files_that_are_cut_off_or_changed_are_damaged(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    packed = bytearray(pack(CONTENT))
    (tmp_path / "cut").write_bytes(packed[:-12])
    packed[len(packed) // 2] ^= 255
    (tmp_path / "changed").write_bytes(packed)
    for name in ("cut", "changed"):
        with pytest.raises(CorruptData, match=f"{name}' is damaged or"), unpacked.opened(tmp_path / name) as file:
            file.read()
    with pytest.raises(FileNotFoundError), unpacked.opened(tmp_path / "none"):
        pass
    with pytest.raises(StoreError, match="no room"), unpacked.opened(tmp_path / "changed"):
        raise StoreError("no room")  # where it is unpacked to
