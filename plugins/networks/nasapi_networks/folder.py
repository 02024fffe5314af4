"""A folder of images of one's own: a folder for each class, cut square, made small, grey or in colour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasapi.errors import CorruptData, InvalidOption, NotAvailable
from nasapi.safety.whole_numbers import whole
from nasapi.words import counted

_ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".pgm", ".ppm"}
_NOT_READ = {".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".jfif", ".svg"}
_MOST_PIXELS = 50_000_000
_MOST_SIDE = 4_096


def read_folder(folder: Path, side: int, channels: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pixels (n, channels, side, side) and labels of the images in `folder`, whose subfolders are the classes.

    Classes are numbered by the sorted names of their folders, images by theirs; hidden files, and files whose ending is
    not that of an image, are left out. Each is turned as its camera noted, cut to its middle square and scaled by the
    mean over areas; of an animation the first picture is taken. Raises NotAvailable where there is no such folder, it
    cannot be read or pillow is not installed, CorruptData for a file that is no image, one of a kind that is not read,
    one that can be seen through, a folder without images or with folders in it, or fewer than two classes. Raises
    InvalidOption for another side than 1 to 4,096, and other channels than 1 (grey) and 3 (colour).
    """
    wanted = f"`side` of a folder is a whole number of pixels from 1 to {_MOST_SIDE:,}"
    side = whole(side, 1, _MOST_SIDE, wanted=wanted)
    if isinstance(channels, bool) or channels not in (1, 3):
        raise InvalidOption(f"`channels` of a folder are 1 for grey or 3 for colour, not {channels!r:.80}.")
    try:
        from PIL import Image
    except ImportError as error:
        raise NotAvailable(f"Images are read with pillow, not here ({error}); `pip install pillow`.") from error
    if not folder.is_dir():
        raise NotAvailable(f"There is no folder of images {str(folder.absolute())!r}.")
    classes = [path for path in _shown(folder) if path.is_dir()]
    if len(classes) < 2:
        there = counted(len(classes), "folder", "folders")
        raise CorruptData(f"{str(folder)!r} has {there}; wanted two or more, one for each class, with its images.")
    pixels: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for label, place in enumerate(classes):
        seen = _shown(place)
        for path in seen:
            if path.is_dir():
                raise CorruptData(
                    f"Class folder {str(place)!r} has a folder in it, {path.name!r}, whose images would be left out; "
                    "move it beside the classes, or its images up."
                )
            if path.suffix.lower() in _NOT_READ:
                raise CorruptData(
                    f"{str(path)!r} is an image of a kind that is not read; make it PNG, or move it away."
                )
        files = [path for path in seen if path.suffix.lower() in _ENDINGS]
        if not files:
            raise CorruptData(f"Class folder {str(place)!r} has no images ({', '.join(sorted(_ENDINGS))}).")
        pixels += [_read(Image, file, side, channels) for file in files]
        labels += [label] * len(files)
    return np.stack(pixels), np.array(labels, np.int64)


def _shown(folder: Path) -> list[Path]:
    """What is in a folder but for hidden files, by name."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise NotAvailable(f"Folder {str(folder)!r} cannot be read: {error.strerror or error}.") from error


def _read(image: Any, file: Path, side: int, channels: int) -> NDArray[np.uint8]:
    """(channels, side, side): one image."""
    from PIL import ImageOps

    if file.exists() and not file.is_file():  # opening it may wait for ever
        raise CorruptData(f"{str(file)!r} is a pipe or a device, not an image; move it away.")
    try:
        with image.open(file) as found:
            width, height = found.size
            if width * height > _MOST_PIXELS:
                raise CorruptData(f"Image {str(file)!r} is of {width} x {height} pixels; make it smaller.")
            if found.mode.startswith(("I", "F")):  # pillow cuts these off at 255 where it makes them grey
                raise CorruptData(f"Image {str(file)!r} has more than 8 bits a channel; save it with 8.")
            turned = ImageOps.exif_transpose(found)
            if turned.has_transparency_data and turned.convert("RGBA").getchannel("A").getextrema() != (255, 255):
                raise CorruptData(
                    f"Image {str(file)!r} can be seen through, and nobody knows to what; save it on a ground."
                )
            width, height = turned.size
            edge = min(width, height)
            left, top = (width - edge) // 2, (height - edge) // 2
            middle = turned.convert("L" if channels == 1 else "RGB").crop((left, top, left + edge, top + edge))
            small = np.asarray(middle.resize((side, side), image.Resampling.BOX), np.uint8)
    except CorruptData:
        raise
    except (OSError, ValueError, SyntaxError, image.DecompressionBombError) as error:
        reason = str(error)[:200].rstrip(".")
        raise CorruptData(f"{str(file)!r} cannot be read as an image: {reason}.") from error
    return small[None] if channels == 1 else small.transpose(2, 0, 1)
