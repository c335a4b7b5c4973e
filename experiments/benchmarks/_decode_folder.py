"""A folder of pictures read in a process of its own, as a program that starts would read it.

    python _decode_folder.py '{"folder": "FOLDER", "size": [32, 32], "cache": "CACHE"}'

Started by `image_folder.py`. Prints the seconds from the call to the images, as JSON.
"""

import json
import sys
import time

import jaxcnn


def main() -> None:
    request = json.loads(sys.argv[1])
    started = time.perf_counter()
    data = jaxcnn.data.image_folder(request["folder"], request["size"], cache=request["cache"])
    # Of a cache that is mapped into memory, every image is looked at.
    total = sum(int(part.images.sum()) for part in data)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "images": sum(map(len, data)), "sum": total}))


if __name__ == "__main__":
    main()
