"""Train or predict with one library in a separate process, which sleeps between requests.

    python _worker.py '{"library": "with_torch", "network": "vgg", "batch_size": 128, ...}'

`training_step.py` and `zoo.py` start it. The network is one of `_networks.py`, or any other name,
which the library understands. Each line of its input is a number of steps. It answers with
lines of JSON: one when it is ready, then the last loss after each request.
"""

import importlib
import json
import os
import sys
import time

from _networks import NETWORKS


def main() -> None:
    # Redirect what libraries print, so that only answers go to the standard output.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    request = json.loads(sys.argv[1])
    library = importlib.import_module(f"libraries.{request['library']}")
    name = request["network"]
    network = tuple(NETWORKS[name]()) if name in NETWORKS else name
    trainer = library.prepare(network, request["batch_size"], **request["options"])
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        trainer.train(1)
        seconds.append(time.perf_counter() - started)
    first, *later = seconds
    ready = {"parameters": trainer.parameters, "compile_seconds": max(0.0, first - min(later))}
    print(json.dumps(ready), file=answers)
    for line in sys.stdin:
        print(json.dumps(trainer.train(int(line))), file=answers)


if __name__ == "__main__":
    main()
