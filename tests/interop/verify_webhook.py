"""Verifies one message with the PyPI package `standardwebhooks`.

In: {secret, headers, body} as JSON on standard input. Out: the message as JSON; an error where it is not genuine.
"""

import json
import sys

from standardwebhooks import Webhook

given = json.load(sys.stdin)
print(json.dumps(Webhook(given["secret"]).verify(given["body"], given["headers"])))
