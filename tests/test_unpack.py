"""Archives: what is unpacked, and what is refused."""

import io
import stat
import tarfile
import zipfile

import pytest

from nasapi.data import archives as module
from nasapi.data.archives import unpack
from nasapi.errors import CorruptData, StoreError


@pytest.fixture
def make_zip(tmp_path):
    def make(**changes):
        path = tmp_path / "archive.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, (content, mode) in changes.items():
                member = zipfile.ZipInfo(name)
                member.external_attr = mode << 16
                archive.writestr(member, content)
        return path

    return make


@pytest.fixture
def make_tar(tmp_path):
    def make(name, content=b"data", kind=tarfile.REGTYPE, link="", mode="w:gz", **quick):
        path = tmp_path / "archive.tar"
        with tarfile.open(path, mode, **quick) as archive:
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(content), kind, link
            archive.addfile(member, io.BytesIO(content))
        return path

    return make


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_zip_is_unpacked_with_its_folders(make_zip, tmp_path):
    archive = make_zip(**{"a/b.txt": (b"one", 0o644), "c.txt": (b"two", 0), "empty/": (b"", stat.S_IFDIR | 0o755)})
    unpack(archive, tmp_path / "out")
    assert files_in(tmp_path / "out") == {"a/b.txt": b"one", "c.txt": b"two"}
    assert (tmp_path / "out" / "empty").is_dir()


@pytest.mark.parametrize("mode", ["w:", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_unpacked_whatever_its_compression(make_tar, tmp_path, mode):
    unpack(make_tar("./a/b.txt", mode=mode), tmp_path / "out")
    assert files_in(tmp_path / "out") == {"a/b.txt": b"data"}


def test_a_folder_of_a_tar_is_made(make_tar, tmp_path):
    unpack(make_tar("a", b"", tarfile.DIRTYPE), tmp_path / "out")
    assert (tmp_path / "out" / "a").is_dir()


def test_folders_may_be_listed_twice_and_before_those_that_they_are_in(make_zip, tmp_path):
    archive = tmp_path / "folders.tar"
    with tarfile.open(archive, "w") as made:
        for name in ("a/b", "a", "a/b"):
            folder = tarfile.TarInfo(name)
            folder.type = tarfile.DIRTYPE
            made.addfile(folder)
    zipped = make_zip(**{name: (b"", stat.S_IFDIR | 0o755) for name in ("a/b/", "a/")})
    for number, path in enumerate((archive, zipped)):
        for _ in range(2):
            unpack(path, tmp_path / f"out-{number}")
        assert (tmp_path / f"out-{number}" / "a" / "b").is_dir()


NAMES_OUTSIDE = ["../evil", "a/../../evil", "/evil", "..\\evil", "C:\\evil", "C:evil"]


@pytest.mark.parametrize("name", NAMES_OUTSIDE)
def test_a_zip_with_a_path_outside_writes_nothing(make_zip, tmp_path, name):
    archive = make_zip(**{"fine.txt": (b"x", 0), name: (b"evil", 0)})
    with pytest.raises(CorruptData, match=r"has a member .* that would be written outside the target"):
        unpack(archive, tmp_path / "out" / "deep")
    assert set(files_in(tmp_path)) == {"archive.zip"}


@pytest.mark.parametrize("name", NAMES_OUTSIDE)
def test_a_tar_with_a_path_outside_writes_nothing(make_tar, tmp_path, name):
    with pytest.raises(CorruptData, match=r"has a member .* that would be written outside the target"):
        unpack(make_tar(name), tmp_path / "out" / "deep")
    assert set(files_in(tmp_path)) == {"archive.tar"}


def test_a_symbolic_link_in_a_zip_is_refused(make_zip, tmp_path):
    with pytest.raises(CorruptData, match="has a member 'link' that is a link or a device"):
        unpack(make_zip(link=(b"/etc/passwd", stat.S_IFLNK | 0o777)), tmp_path / "out")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_are_refused(make_tar, tmp_path, kind):
    with pytest.raises(CorruptData, match="has a member 'link' that is a link or a device"):
        unpack(make_tar("link", b"", kind, "/etc/passwd"), tmp_path / "out")


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "text").write_text("not an archive")
    with pytest.raises(CorruptData, match=r"'.*text' is neither a zip nor a tar archive"):
        unpack(tmp_path / "text", tmp_path / "out")


def test_a_zip_with_a_flipped_byte_is_refused(make_zip, tmp_path):
    archive = make_zip(data=(b"some content", 0))
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b"some content", b"some c0ntent"))
    with pytest.raises(CorruptData, match="cannot be unpacked: Bad CRC-32"):
        unpack(archive, tmp_path / "out")


def test_a_truncated_tar_is_refused(make_tar, tmp_path):
    archive = make_tar("data", bytes(range(256)) * 64, mode="w:")
    archive.write_bytes(archive.read_bytes()[:2000])
    with pytest.raises(CorruptData, match="cannot be unpacked: unexpected end of data"):
        unpack(archive, tmp_path / "out")


def test_an_encrypted_zip_is_refused(make_zip, tmp_path):
    archive = make_zip(data=(b"some content", 0))
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    with pytest.raises(CorruptData, match="is encrypted"):
        unpack(archive, tmp_path / "out")


def test_an_archive_that_does_not_fit_is_refused_before_it_is_unpacked(make_zip, make_tar, tmp_path, monkeypatch):
    usage = module.shutil.disk_usage(tmp_path)
    for number, archive in enumerate((make_zip(data=(b"four", 0)), make_tar("data", b"four"))):
        out = tmp_path / str(number)
        monkeypatch.setattr(module.shutil, "disk_usage", lambda path: usage._replace(free=3))
        with pytest.raises(StoreError, match=r"unpacks to 4 bytes and '.*' has room for 3"):
            unpack(archive, out)
        assert files_in(out) == {}
        monkeypatch.setattr(module.shutil, "disk_usage", lambda path: usage._replace(free=4))
        unpack(archive, out)
        assert files_in(out) == {"data": b"four"}


@pytest.mark.parametrize("name", ["x" * 300, "é" * 200, "/".join(["ab"] * 500)])
def test_a_name_that_no_file_system_takes_is_refused(make_zip, make_tar, tmp_path, name):
    for archive in (make_zip(**{name: (b"", 0o644)}), make_tar(name)):
        with pytest.raises(CorruptData, match="a name longer than file systems take"):
            unpack(archive, tmp_path / "out")


@pytest.mark.parametrize(
    ("mode", "quick"), [("w:gz", {"compresslevel": 1}), ("w:bz2", {"compresslevel": 1}), ("w:xz", {"preset": 0})]
)
def test_a_tar_that_swells_is_refused(make_tar, tmp_path, mode, quick):
    archive = make_tar("a", bytes(100 << 20), mode=mode, **quick)
    with pytest.raises(CorruptData, match=r"unpacks to .*more than"):
        unpack(archive, tmp_path / "out")
    assert files_in(tmp_path / "out") == {}


def test_a_zip_that_swells_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(100 << 20))
    with pytest.raises(CorruptData, match=r"unpacks to 104,857,600, more than the 67,108,864"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


@pytest.mark.parametrize("shift", [1_000_000, 2**32 - 60])
def test_a_zip_whose_member_begins_outside_the_file_is_refused(make_zip, tmp_path, shift):
    archive = make_zip(**{"a.txt": (b"one", 0)})
    content = bytearray(archive.read_bytes())
    at = content.index(b"PK\x01\x02") + 42  # the offset of the member, in the central directory
    content[at : at + 4] = shift.to_bytes(4, "little")
    archive.write_bytes(content)
    with pytest.raises(CorruptData, match="begins outside the file"):
        unpack(archive, tmp_path / "out")


def test_a_zip_whose_directory_says_that_it_is_longer_is_refused(make_zip, tmp_path):
    archive = make_zip(**{"a.txt": (b"one", 0)})
    content = bytearray(archive.read_bytes())
    end = content.index(b"PK\x05\x06") + 16  # where the central directory begins: all else is counted from there
    content[end : end + 4] = (int.from_bytes(content[end : end + 4], "little") + 60).to_bytes(4, "little")
    archive.write_bytes(content)
    with pytest.raises(CorruptData):
        unpack(archive, tmp_path / "out")
