"""Requests that nobody should send: bytes for a server, made from a seed."""

# ruff: noqa: E501

import io
import json
import struct
import zlib

import numpy as np
from PIL import Image
from real_server import RAW, post

INFER, CLASSIFY = "/v2/models/rows/infer", "/v2/models/rows/classify"
IMAGE = np.arange(192, dtype=np.uint8)
VALID = post(INFER, IMAGE.tobytes(), RAW)


def tensor(**changes):
    made = {"name": "images", "shape": [1, 8, 8, 3], "datatype": "UINT8", "data": IMAGE.tolist()}
    return json.dumps({"inputs": [made | changes]}).encode()


def encoded(kind):
    content = io.BytesIO()
    Image.fromarray(IMAGE.reshape(8, 8, 3)).save(content, kind)
    return content.getvalue()


PICTURES = [encoded(kind) for kind in ("png", "jpeg", "webp", "bmp", "gif", "tiff")]


def noise(rng):
    return rng.bytes(int(rng.integers(1, 2000)))


def noise_in_a_body(rng):
    path = (INFER, CLASSIFY)[rng.integers(2)]
    headers = [RAW] if rng.integers(2) else []
    return post(path, rng.bytes(int(rng.integers(0, 3000))), *headers)


def wrong_length(rng):
    """A body that is shorter or longer than it says."""
    body = rng.bytes(int(rng.integers(0, 400)))
    said = int(rng.integers(0, 400))
    head = f"POST {INFER} HTTP/1.1\r\nHost: x\r\n{RAW}\r\nContent-Length: {said}\r\n\r\n"
    return head.encode() + body


def odd_length(rng):
    odd = [
        "-1",
        "+5",
        "5 5",
        "0x10",
        "1e3",
        "",
        "9" * 40,
        "5, 5",
        "5;",
        "\u0665",
        "18446744073709551617",
    ]
    said = odd[rng.integers(len(odd))]
    return f"POST {INFER} HTTP/1.1\r\nHost: x\r\nContent-Length: {said}\r\n\r\nhello".encode()


def smuggled(rng):
    """Two lengths, of which a proxy may believe the other."""
    hidden = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    lengths = [
        f"Content-Length: 5\r\nContent-Length: {len(hidden)}",
        f"Transfer-Encoding: chunked\r\nContent-Length: {len(hidden)}",
        f"Transfer-Encoding: xchunked\r\nContent-Length: {len(hidden)}",
        f"Transfer-Encoding : chunked\r\nContent-Length: {len(hidden)}",
        f"Transfer-Encoding:\x0bchunked\r\nContent-Length: {len(hidden)}",
        f"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: {len(hidden)}",
        f"X: y\r\n Content-Length: {len(hidden)}",
        f"Content-Length: {len(hidden)}\nTransfer-Encoding: chunked",
    ]
    chosen = lengths[rng.integers(len(lengths))]
    head = f"POST {INFER} HTTP/1.1\r\nHost: x\r\n{chosen}\r\n\r\n"
    return head.encode("latin-1") + b"0\r\n\r\n" + hidden


def odd_chunks(rng):
    chunks = [
        b"FFFFFFFFFFFFFFFFF\r\nx", b"-1\r\nx\r\n", b"5;" + b"a" * 70_000, b"5\nhello\n0\n\n",
        b"zz\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloXX0\r\n\r\n", b"\r\n\r\n\r\n",
        b"1\r\nx\r\n" * 3000 + b"0\r\n\r\n", b"0\r\n" + b"trailer: x\r\n" * 3000 + b"\r\n",
    ]  # fmt: skip
    head = f"POST {INFER} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head.encode() + chunks[rng.integers(len(chunks))]


def odd_json(rng):
    bodies = [
        tensor(shape=[2**40, 8, 8, 3]), tensor(shape=[10**30]), tensor(shape=[1] * 10_000),
        tensor(shape=[0, 8, 8, 3], data=[]), tensor(shape=[-1, 8, 8, 3]), tensor(shape=[1.0, 8, 8, 3]),
        tensor(data=[float("nan")] * 192, datatype="FP32"), tensor(data=[1e308] * 192, datatype="FP64"),
        tensor(data=["x"] * 192), tensor(data=None), tensor(data=[[]] * 192), tensor(datatype=[]),
        tensor(parameters={"binary_data_size": 2**62}), tensor(parameters=[]), tensor(name={"a": 1}),
        tensor(name="\ud800"), tensor(data=[10**300] * 192), b"[" * 200_000, b'{"a":' * 100_000,
        b"{" + b'"a":1,' * 50_000 + b'"b":2}', b'"' + b"\\u0000" * 9999 + b'"', b"1" * 100_000,
        b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"null", b"true", b"[]", b"-", b'{"inputs":[[[[]]]]}',
        b'{"inputs":[' + b"{}," * 50_000 + b"{}]}", b'{"id":' + b"9" * 5000 + b"}",
    ]  # fmt: skip
    body = bodies[rng.integers(len(bodies))]
    odd = [[], [f"Inference-Header-Content-Length: {len(body)}"], ["Content-Encoding: gzip"]]
    return post(INFER, body, *odd[rng.integers(len(odd))])


def odd_header_length(rng):
    odd = ["-1", "1e9", "9" * 50, "", "1.5", "0x1", "\u0661", "3", "191", "193"]
    chosen = odd[rng.integers(len(odd))]
    return post(INFER, IMAGE.tobytes(), f"Inference-Header-Content-Length: {chosen}")


def odd_path(rng):
    paths = [
        "/../../etc/passwd", "/v2/models/../rows/infer", "/v2/models/%2e%2e/infer", "//evil", "/%00",
        "/v2/models/rows/infer/../../..", "/v2/models/" + "a" * 20_000, "/v2/models/rows%2Finfer",
        "/" + "%41" * 5000, "http://evil/v2", "*", "/?" + "a=1&" * 5000, "/v2/models/rows/classify?top=" + "9" * 5000,
        "/%ff%fe", "/v2\\models", "/;/", "/v2/models/rows/versions/-1/infer", "/.git/config", "x",
    ]  # fmt: skip
    method = ("GET", "POST", "PUT", "TRACE", "OPTIONS", "CONNECT", "HEAD")[rng.integers(7)]
    return f"{method} {paths[rng.integers(len(paths))]} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def odd_headers(rng):
    lines = [
        "X: " + "a" * 100_000, "\r\n".join(f"X{k}: y" for k in range(5000)), "no colon", ": empty", "X\0: y",
        "Host: a\r\nHost: b", "Upgrade: websocket\r\nConnection: Upgrade", "Upgrade: h2c\r\nConnection: Upgrade",
        "Expect: 100-continue\r\nContent-Length: 5", "X: \x01\x7f", "Connection: close, keep-alive, x",
        "Content-Type: " + "multipart/" * 1000, "X-Forwarded-For: " + "1.1.1.1, " * 1000, "Cookie: " + "a=b;" * 9000,
    ]  # fmt: skip
    return f"GET /v2 HTTP/1.1\r\nHost: x\r\n{lines[rng.integers(len(lines))]}\r\n\r\n".encode()


def other_protocols(rng):
    starts = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n",
        b"GET / HTTP/9.9\r\n\r\n", b"GET /\r\n", b"HELO x\r\n", b"\r\n" * 5000, b"GET / HTTP/1.0\r\n\r\n",
    ]  # fmt: skip
    return starts[rng.integers(len(starts))]


def cut(rng):
    """A valid request that ends too early."""
    return VALID[: rng.integers(1, len(VALID))]


def changed(rng):
    """A valid request with a few other bytes."""
    content = bytearray(VALID)
    for _ in range(rng.integers(1, 6)):
        content[rng.integers(len(content))] = rng.integers(256)
    return bytes(content)


def pipelined(rng):
    """Many requests at once, good ones and others, without waiting for an answer."""
    good = b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    return good * int(rng.integers(1, 100)) + VALID * 3 + rng.bytes(30)


def damaged_picture(rng):
    content = bytearray(PICTURES[rng.integers(len(PICTURES))])
    for _ in range(rng.integers(1, 20)):
        content[rng.integers(len(content))] = rng.integers(256)
    query = ("", "?explain=true", "?top=2")[rng.integers(3)]
    return post(CLASSIFY + query, bytes(content[: rng.integers(1, len(content) + 1)]))


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(rng):
    """Pictures of many pixels, scans or frames in few bytes."""
    side = int(rng.choice([20_000, 60_000, 2**31 - 1]))
    header = struct.pack(">II", side, side) + bytes([8, 2, 0, 0, 0])
    start, end = b"\x89PNG\r\n\x1a\n", chunk(b"IEND", b"")
    packed = zlib.compress(bytes(1_000_000))
    bombs = [
        start + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + end,
        start + chunk(b"IHDR", header) + end,
        start + chunk(b"zTXt", b"a\0\0" + packed) * 3 + PICTURES[0][8:],
        PICTURES[0][:33] + chunk(b"iTXt", b"a\0\1\0\0\0" + packed) + PICTURES[0][33:],
        b"\xff\xd8\xff\xc2" + b"\xff\xda\0\x08\1\1\0\0\0\0" * 500,
        b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(3) + b"," + bytes(50),
        b"BM" + struct.pack("<IIIIiiHHI", 54, 0, 54, 40, 2**30, 2**30, 1, 24, 0) + bytes(24),
        b"II*\0\x08\0\0\0\xff\xff" + rng.bytes(600),
        b"RIFF\xff\xff\xff\xffWEBPVP8X" + bytes(4) + b"\xff" * 200,
        b"\0\0\0\x18ftypheic" + rng.bytes(100),
    ]
    return post(CLASSIFY, bombs[rng.integers(len(bombs))])


KINDS = (
    noise, noise_in_a_body, wrong_length, odd_length, smuggled, odd_chunks, odd_json, odd_header_length,
    odd_path, odd_headers, other_protocols, cut, changed, pipelined, damaged_picture, bomb,
)  # fmt: skip


def hostile(seed):
    """A kind of request, and the bytes of one: the same for the same seed."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    return kind.__name__, kind(rng)
