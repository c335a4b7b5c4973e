"""Read a folder of image files in a new process, as a program that has just started would.

    python _decode_folder.py '{"folder": "FOLDER", "size": [32, 32], "cache": "CACHE"}'

`image_folder.py` starts it. It prints the seconds from the call to the decoded images, as JSON.
"""

import json
import sys
import time

import jaxcnn


def main() -> None:
    request = json.loads(sys.argv[1])
    started = time.perf_counter()
    data = jaxcnn.data.image_folder(request["folder"], request["size"], cache=request["cache"])
    # Read every image, because a cache may only be mapped into memory.
    total = sum(int(part.images.sum()) for part in data)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "images": sum(map(len, data)), "sum": total}))


if __name__ == "__main__":
    main()
