"""Hostile or odd images, one file at a time."""

import io
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from jaxcnn.data import DataError, TooManyPixelsError, load_image
from jaxcnn.data.pictures._decode import (
    _decode_by_pillow,
    _decode_simple_jpeg,
    decode,
    read_size,
)

RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (12, 20, 3), dtype=np.uint8)
PHOTO = Image.fromarray(NOISE).resize((60, 36))  # 60 wide, 36 high, smooth


def encoded(image, format="PNG", **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def decoded(path, content):
    path.write_bytes(content)
    return decode(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "image.jpg"  # a wrong extension, mostly


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF"])
def test_content_decides_and_not_the_extension(path, format):
    np.testing.assert_array_equal(decoded(path, encoded(PHOTO, format)), PHOTO)


@pytest.mark.thorough
def test_webp_is_read(path):
    content = encoded(PHOTO, "WEBP", lossless=True)
    np.testing.assert_array_equal(decoded(path, content), PHOTO)


KINDS = r"image\.jpg: expected a JPEG, PNG, WebP, BMP, GIF, TIFF or HEIC image, got a file "


@pytest.mark.parametrize("format", ["PPM", "ICO"])
def test_other_formats_are_refused(path, format):
    with pytest.raises(DataError, match=f"{KINDS}that begins with b'"):
        decoded(path, encoded(PHOTO, format))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\0\0\0\x1cftypavif", "AVIF"),
        (b"\0\0\0\x18ftypmp42", "MP4"),
        (b"\xff\x0a", "JPEG XL"),
        (b"%PDF-1.7", "PDF"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"<!DOCTYPE html><p>not found", "HTML"),
    ],
)
def test_a_format_that_is_not_read_is_named(path, content, name):
    with pytest.raises(DataError, match=f"{KINDS}of the format {name}$"):
        decoded(path, content)


def test_the_first_frame_of_an_animation(path):
    gray = Image.fromarray(np.arange(240, dtype=np.uint8).reshape(12, 20))
    frames = [gray, gray.rotate(180)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(decoded(path, content)[..., 0], frames[0])


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_deflate", "packbits"])
def test_compressions_of_tiff(path, compression):
    content = encoded(PHOTO, "TIFF", compression=compression)
    np.testing.assert_array_equal(decoded(path, content), PHOTO)


def test_the_upper_bits_of_a_tiff(path):
    pixels = np.arange(0, 65_536, 1_024, np.uint16).reshape(8, 8)
    content = encoded(Image.fromarray(pixels), "TIFF")
    np.testing.assert_array_equal(decoded(path, content)[..., 0], pixels >> 8)
    for wide in (pixels.astype(np.int32) << 8, pixels.astype(np.float32)):
        with pytest.raises(DataError, match="expected pixels of 8 or 16 bits, got "):
            decoded(path, encoded(Image.fromarray(wide), "TIFF"))


def test_a_heic_file_is_read(path):
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    smooth = Image.linear_gradient("L").resize((64, 48)).convert("RGB")  # its colors are halved
    content = encoded(smooth, "HEIF", quality=90)
    assert np.abs(decoded(path, content).astype(int) - smooth).max() <= 4
    assert read_size(path) == (48, 64)


def test_the_package_that_heic_needs_is_named(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif.as_plugin", None)
    with pytest.raises(DataError, match=r"got a HEIC file \(pip install pillow-heif\)"):
        decoded(path, b"\0\0\0\x18ftypheic")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_the_size_of_a_file(path, format):
    path.write_bytes(encoded(PHOTO, format))
    assert read_size(path) == (36, 60)


def test_the_size_of_a_turned_photo(path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path.write_bytes(encoded(PHOTO, "JPEG", exif=exif))
    assert read_size(path) == decode(path).shape[:2] == (60, 36)
    path.write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"got a file that begins with b'no pictu'"):
        read_size(path)


def test_zero_bytes(path):
    with pytest.raises(DataError, match=r"image\.jpg: expected an image, got an empty file"):
        decoded(path, b"")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_truncated_file_is_named(path, format, part):
    content = encoded(PHOTO, format)
    with pytest.raises(DataError, match=r"image\.jpg: expected an image, got another or a dam"):
        decoded(path, content[: int(part * len(content))])


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_damage_anywhere_is_an_image_or_a_named_error(path, format):
    content = encoded(PHOTO.resize((16, 9)), format)
    for position in RNG.integers(0, len(content), 60):
        damaged = bytearray(content)
        damaged[position] ^= 1 << RNG.integers(8)
        path.write_bytes(damaged)
        try:
            image = decode(path, max_pixels=10_000)
        except DataError:
            with pytest.raises(DataError, match=r"image\.jpg: "):
                decode(path, max_pixels=10_000)
        else:
            assert image.dtype == np.uint8
            assert image.shape[2] in (1, 3)


def png(width, height, rows=b"", bits=8, colors=0, damage=0):
    """A PNG with a header that promises any size, the checksum of its pixels `damage` off."""

    def chunk(kind, content):
        wrong = damage if kind == b"IDAT" else 0
        checksum = struct.pack(">I", zlib.crc32(kind + content) ^ wrong)
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, bits, colors, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_a_bomb_is_refused_by_its_header(path):
    message = r"image\.jpg: expected at most max_pixels=89478485, got 60000×50000 pixels"
    with pytest.raises(DataError, match=message):
        decoded(path, png(60_000, 50_000))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_over_the_pixel_cap(path, format):
    path.write_bytes(encoded(PHOTO, format))
    message = r"image\.jpg: expected at most max_pixels=2159, got 60×36"
    with pytest.raises(TooManyPixelsError, match=message):
        load_image(path, max_pixels=2159)
    assert load_image(path, max_pixels=2160).shape == (36, 60, 3)


def test_a_wrong_checksum_is_told(path):
    assert decoded(path, png(2, 1, b"\0ab")).tolist() == [[[97], [98]]]
    with pytest.raises(DataError, match=r"image\.jpg: .*checksum"):
        decoded(path, png(2, 1, b"\0ab", damage=1))


def test_what_follows_a_jpeg_does_not_count(path):
    content = encoded(PHOTO, "JPEG")
    np.testing.assert_array_equal(
        decoded(path, content + b"PK\xff\xe1" * 9), decoded(path, content)
    )


def test_pillows_own_cap_is_not_in_the_way(path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert decoded(path, encoded(PHOTO)).shape == (36, 60, 3)


@pytest.mark.parametrize("size", [(1, 1), (1, 100_000), (100_000, 1), (65_500, 2)])
def test_odd_sizes(path, size):
    image = Image.new("RGB", size, (1, 2, 3))
    assert decoded(path, encoded(image)).shape == (size[1], size[0], 3)


def test_cmyk(path):
    assert decoded(path, encoded(Image.new("CMYK", (2, 2), (255, 0, 0, 0)), "JPEG")).shape == (
        2,
        2,
        3,
    )
    cyan = decode(path)[0, 0].astype(int)
    np.testing.assert_allclose(cyan, (0, 255, 255), atol=2)


def test_16_bits_are_scaled_and_not_clipped(path):
    values = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    assert decoded(path, encoded(Image.fromarray(values))).tolist() == [
        [[0], [0], [1], [128], [255]]
    ]


@pytest.mark.parametrize(
    ("colors", "samples", "expected"),
    [
        (2, (0, 511, 32768), [0, 1, 128]),
        (4, (511, 65535), [1, 1, 1]),
        (6, (0, 511, 32768, 65535), [0, 1, 128]),
    ],
    ids=["RGB", "gray and alpha", "RGBA"],
)
def test_16_bits_in_color_and_with_alpha(path, colors, samples, expected):
    row = b"\0" + struct.pack(f">{len(samples)}H", *samples)
    assert decoded(path, png(1, 1, row, bits=16, colors=colors)).tolist() == [[expected]]


def test_black_and_white_of_one_bit(path):
    bits = Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    assert decoded(path, encoded(bits)).tolist() == [[[0], [255]]]


def test_a_palette(path):
    palette = PHOTO.quantize(16)
    np.testing.assert_array_equal(decoded(path, encoded(palette)), palette.convert("RGB"))


def test_a_palette_with_a_transparent_color(path):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    content = encoded(image, transparency=0)
    assert decoded(path, content).tolist() == [[[255] * 3, [40, 50, 60]]]


@pytest.mark.parametrize(
    ("pixel", "expected"),
    [((0, 0), 255), ((0, 255), 0), ((100, 51), 224), ((100, 100, 100, 51), 224)],
)
def test_what_is_transparent_lies_on_white(path, pixel, expected):  # gray and alpha, RGBA
    content = encoded(Image.fromarray(np.array([[pixel]], np.uint8)))
    assert decoded(path, content).tolist() == [[[expected] * 3]]


def test_gray_with_a_transparent_shade(path):
    content = encoded(Image.fromarray(np.array([[7, 8]], np.uint8)), transparency=7)
    assert decoded(path, content).tolist() == [[[255] * 3, [8] * 3]]


@pytest.mark.parametrize("format", ["WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_read(path, format):
    frames = [Image.new("RGB", (8, 8), (value, 0, 0)) for value in (200, 100)]
    content = encoded(
        frames[0],
        format,
        save_all=True,
        append_images=frames[1:],
        **{"lossless": True} if format == "WEBP" else {},
    )
    assert decoded(path, content)[0, 0].tolist() == [200, 0, 0]


def oriented(orientation, format="JPEG"):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(PHOTO, format, exif=exif.tobytes())


# EXIF 2.32, table 6: where the first row and the first column of the file are in the picture.
TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[::-1],
    9: lambda a: a,  # there is none
}


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", TURNS)
def test_exif_rotation(path, orientation, format):
    pixels = np.asarray(Image.open(io.BytesIO(encoded(PHOTO, format))))
    image = decoded(path, oriented(orientation, format))
    np.testing.assert_array_equal(image, TURNS[orientation](pixels))


def test_damaged_exif_data_turn_nothing(path):
    content = (
        oriented(6)
        .replace(b"Exif\0\0II*\0", b"Exif\0\0XX*\0")
        .replace(b"Exif\0\0MM\0*", b"Exif\0\0XX\0*")
    )
    assert content != oriented(6)
    assert decoded(path, content).shape == (36, 60, 3)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("broken", [False, True])
def test_a_color_profile_changes_nothing(path, format, broken):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    content = encoded(PHOTO, format, icc_profile=b"no profile" if broken else profile)
    assert len(content) > len(encoded(PHOTO, format))
    expected = Image.open(io.BytesIO(encoded(PHOTO, format)))
    np.testing.assert_array_equal(decoded(path, content), expected)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(1, 1), (60, 36), (37, 23), (480, 480)])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_simplejpeg_decodes_the_bits_of_pillow(size, mode, progressive, subsampling):
    pytest.importorskip("simplejpeg")
    image = PHOTO.resize(size).convert(mode)
    content = encoded(image, "JPEG", subsampling=subsampling, progressive=progressive)
    fast = _decode_simple_jpeg(content, 10**6)
    assert fast is not None
    np.testing.assert_array_equal(fast, _decode_by_pillow(content, 10**6))
    theirs = Image.open(io.BytesIO(content))
    np.testing.assert_array_equal(fast[..., 0] if mode == "L" else fast, theirs)


@pytest.mark.parametrize(
    "content",
    [
        oriented(6),
        encoded(PHOTO, "JPEG", icc_profile=b"x"),
        encoded(PHOTO.convert("CMYK"), "JPEG"),
        encoded(PHOTO, "JPEG")[:-200],
        encoded(PHOTO),
    ],
    ids=["EXIF", "ICC", "CMYK", "truncated", "PNG"],
)
def test_what_is_not_plain_is_left_to_pillow(content):
    assert _decode_simple_jpeg(content, 10**6) is None


def test_without_simplejpeg_pixels_are_the_same(path, monkeypatch):
    with_it = decoded(path, encoded(PHOTO, "JPEG"))
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    np.testing.assert_array_equal(decode(path), with_it)


def test_files_that_cannot_be_read_are_named(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"none\.jpg"):
        decode(tmp_path / "none.jpg")
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        decode(tmp_path)
    with pytest.raises(ValueError, match=r"path: expected the name of a file, got 'a\\x00b'"):
        decode("a\0b")

    def fails(*_arguments, **_options):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.open", fails)
    with pytest.raises(OSError, match=r"Input/output error: .*bad\.jpg"):
        decode(tmp_path / "bad.jpg")


@pytest.mark.parametrize("zipped", [True, False])
def test_large_texts_do_not_matter(path, zipped):
    """Pillow refuses compressed texts above 1 MiB, and 64 MiB of texts in all."""
    info = PngImagePlugin.PngInfo()
    for _ in range(1 if zipped else 33):
        info.add_text("workflow", "x" * 2_000_000, zip=zipped)
    np.testing.assert_array_equal(decoded(path, encoded(PHOTO, pnginfo=info)), PHOTO)


def test_a_large_text_hides_no_damage(path):
    info = PngImagePlugin.PngInfo()
    info.add_text("workflow", "x" * 2_000_000, zip=True)
    content = encoded(PHOTO, pnginfo=info)
    with pytest.raises(DataError, match=r"image\.jpg: expected an image, got another or a damaged"):
        decoded(path, content[:-40])


def test_the_largest_file(path, monkeypatch):
    content = encoded(PHOTO)
    monkeypatch.setattr("jaxcnn.data.pictures._decode.MAX_BYTES", len(content))
    np.testing.assert_array_equal(decoded(path, content), PHOTO)
    np.testing.assert_array_equal(decode(io.BytesIO(content)), PHOTO)
    monkeypatch.setattr("jaxcnn.data.pictures._decode.MAX_BYTES", len(content) - 1)
    for source in (path, io.BytesIO(content)):
        with pytest.raises(DataError, match=f"expected at most {len(content) - 1:,} bytes, got m"):
            decode(source)
