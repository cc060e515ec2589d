import io
import zipfile

import numpy as np
import pytest

from keras_ean.npz import read_npz


def content(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def test_all_arrays_are_read(tmp_path):
    (tmp_path / "a.npz").write_bytes(content(x=np.arange(3), y=np.eye(2)))
    assert {name: array.tolist() for name, array in read_npz(tmp_path / "a.npz").items()} == {
        "x": [0, 1, 2],
        "y": [[1, 0], [0, 1]],
    }


def test_what_is_no_file_of_arrays_is_one_message(tmp_path):
    whole, path = content(x=np.arange(300)), tmp_path / "a.npz"
    flipped = bytearray(whole)
    flipped[90] ^= 255
    huge = io.BytesIO()
    np.lib.format.write_array_header_1_0(huge, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)})
    lying = io.BytesIO()
    with zipfile.ZipFile(lying, "w") as archive:
        archive.writestr("x.npy", huge.getvalue())
    code = io.BytesIO()
    np.savez(code, x=np.array([object()]))
    headers = io.BytesIO()
    with zipfile.ZipFile(headers, "w") as archive:
        archive.writestr(
            "x.npy",
            b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f8', 'fortran_order': False, 'shape': (120L, 8, 8, 1), " + b"\n",
        )
    beyond = io.BytesIO()
    np.lib.format.write_array_header_1_0(beyond, {"descr": "<f8", "fortran_order": False, "shape": (10**23,)})
    large = io.BytesIO()
    with zipfile.ZipFile(large, "w") as archive:
        archive.writestr("x.npy", beyond.getvalue())
    for broken in (
        headers.getvalue(),
        large.getvalue(),
        b"",
        b"text",
        whole[: len(whole) // 2],
        bytes(flipped),
        lying.getvalue(),
        code.getvalue(),
    ):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match=r"a\.npz is no \.npz file of plain arrays: \w"):
            read_npz(path)
    with pytest.raises(FileNotFoundError):
        read_npz(tmp_path / "none.npz")


def test_a_small_file_that_fills_the_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "bomb.npz"
    path.write_bytes(content(x=np.zeros(80 << 20, "uint8")))
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("read"))
    with pytest.raises(ValueError, match=r"its 0\.1 MB would expand to 84 MB"):
        read_npz(path)
