"""Signs requests as the official SDK does.

Reads one JSON line a request from the file of its argument: the secret, the path, and all parameters that are sent but
the signature. Prints a signature a line.
"""

import json
import sys

from lazop_sdk import sign

with open(sys.argv[1], encoding="utf-8") as requests:
    for line in requests:
        request = json.loads(line)
        print(sign(request["secret"], request["path"], request["parameters"]))
