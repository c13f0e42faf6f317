# Python's standard library alone. Usage: stdlib.py SOCKET TEXT
import json
import socket
import sys

path, text = sys.argv[1:]
sock = socket.socket(socket.AF_UNIX)
sock.connect(path)
answers = sock.makefile(encoding="utf-8", newline="\n")


def send(line):
    sock.sendall(line + b"\n")


def answer(line):
    send(line)
    return json.loads(answers.readline())


def outcome(message):
    error = message.get("error")
    if error is None:
        return message["result"]
    if error["code"] != -32000:
        return {"code": error["code"]}
    data = error["data"]
    kept = {"name": data["name"], "shelf": data["shelf"]}
    return {"code": error["code"], "message": error["message"], **kept}


def request(method, params=None, **more):
    message = {"jsonrpc": "2.0", "method": method, **more}
    if params is not None:
        message["params"] = params
    return message


def call(method, params=None):
    line = json.dumps(request(method, params, id=method), ensure_ascii=False)
    message = answer(line.encode())
    assert message["id"] == method, message
    return outcome(message)


def stray(line):
    message = answer(line)
    assert message["id"] is None, message
    return message["error"]["code"]


def batch(*requests):
    answers = answer(json.dumps(requests).encode())
    return [[a["id"], a.get("result") or a["error"]["code"]] for a in answers]


send(json.dumps(request("notify_hello", [7])).encode())
# Two of notifications alone: nothing answers them.
send(json.dumps([request("notify_sum", [3]), request("foobar")]).encode())
outcomes = {
    "positional": call("subtract", [42, 23]),
    "named": call("subtract", {"minuend": 42, "subtrahend": 23}),
    "without": call("get_data"),
    "nothing": call("update", [1, 2]),
    "text": call("echo", [text]),
    "heard": call("heard", [3]),
    "missing": call("foobar"),
    "wrongParams": call("$/hello", {}),
    "invalid": outcome(answer(b'{"jsonrpc":"2.0","id":1,"method":1}')),
    "thrown": call("take"),
    "batch": batch(
        request("sum", [1, 2, 4], id="a"),
        request("update"),
        request("foobar", id="b"),
    ),
    "notJson": stray(b"{"),
    "notUtf8": stray(b'"\xff"'),
    "emptyBatch": stray(b"[]"),
}
sock.shutdown(socket.SHUT_WR)
outcomes["rest"] = answers.read()
print(json.dumps(outcomes))
