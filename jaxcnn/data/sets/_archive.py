"""Taking known files out of a tar archive that is not trusted."""

import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from jaxcnn.data._errors import DataError

# What a published archive has besides its data: a readme, names of classes. The limits stop an
# archive of endless zeros or endless members.
MAX_TEXT_BYTES = 1 << 16
MAX_MEMBERS = 100


def unpack(archive: Path, folder: Path, sizes: Mapping[str, int | None]) -> None:
    """Copy the wanted members of a `.tar.gz` into `folder`, and nothing else.

    A member is streamed to a path made from our own name for it, never from the archive's.

    Args:
        archive: The `.tar.gz` file.
        folder: An existing folder; the files are put right into it.
        sizes: What to take: member names like `"data/test.bin"` with their sizes in bytes, or
            None for a small text file of any size.

    Raises:
        DataError: If a wanted member is missing, comes twice, is no regular file or has another
            size; if any member is a link, a device or elsewhere; or if the archive is damaged.
    """
    missing = dict(sizes)
    try:
        with tarfile.open(archive, "r|gz") as tar:
            for count, member in enumerate(tar):
                if count == MAX_MEMBERS:
                    raise DataError(f"{archive}: expected at most {MAX_MEMBERS} members")
                _check_member(archive, member, sizes)
                if member.isdir() or member.name not in sizes:
                    continue
                if member.name not in missing:
                    raise DataError(f"{archive}: {member.name} comes twice")
                del missing[member.name]
                source = tar.extractfile(member)
                assert source is not None  # it is a regular file
                with source, open(folder / Path(member.name).name, "xb") as target:
                    shutil.copyfileobj(source, target)
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk, not of the archive
        raise DataError(f"{archive}: damaged archive: {error}") from error
    if missing:
        raise DataError(f"{archive}: {', '.join(missing)} missing; is this the right archive?")


def _check_member(archive: Path, member: tarfile.TarInfo, sizes: Mapping[str, int | None]) -> None:
    what = f"{archive}: {member.name}"
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise DataError(f"{what} points out of the archive")
    if not (member.isreg() or member.isdir()):
        raise DataError(f"{what} is neither a file nor a folder")
    expected = sizes.get(member.name)
    if expected is None:
        if member.size > MAX_TEXT_BYTES:
            raise DataError(
                f"{what}: expected no such file of {member.size} bytes; is this the right archive?"
            )
    elif member.size != expected:
        raise DataError(f"{what}: expected {expected} bytes, got {member.size}")
