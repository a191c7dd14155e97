"""A provider for the gateway that is tried with real clients: it answers by a word of the last message.

Prints its port, then serves until it is killed. `cut` breaks the connection in mid-answer and, asked to continue, sends the
rest; `tool` calls a function; `refuse` answers 400; everything else says what it was sent.
"""

import json
import socketserver
import sys
from http.server import BaseHTTPRequestHandler

ANSWER = ["Hello", " from", " upstream", "."]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def event(self, value):
        data = f"data: {value if isinstance(value, str) else json.dumps(value)}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def chunk(self, delta, finish=None, usage=None):
        choices = [] if usage else [{"index": 0, "delta": delta, "finish_reason": finish}]
        self.event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "qwen-plus",
                    "choices": choices, "usage": usage})

    def do_GET(self):
        self.reply(200, {"object": "list", "data": [{"id": "qwen-plus", "object": "model", "owned_by": "test"}]})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/embeddings"):
            data = [{"index": at, "embedding": [float(at), 0.5]} for at, _ in enumerate(asked["input"])]
            return self.reply(200, {"data": data, "usage": {"prompt_tokens": 3, "total_tokens": 3}})
        last = asked["messages"][-1]
        content = last["content"]
        images = 0
        if isinstance(content, list):
            images = sum(part["type"] == "image_url" for part in content)
            content = " ".join(part.get("text", "") for part in content)
        if "refuse" in content:
            return self.reply(400, {"error": {"message": "refused as asked", "code": "invalid_parameter_error"}})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if last.get("partial"):
            # The rest of what was cut.
            words = ANSWER[2:]
        elif images:
            words = [f"{images} image"]
        elif last["role"] == "tool":
            words = ["The tool says ", content]
        else:
            words = ANSWER
        if "tool" in content and asked.get("tools") and last["role"] == "user":
            name = asked["tools"][0]["function"]["name"]
            self.chunk({"tool_calls": [{"index": 0, "id": "call_a", "type": "function",
                                        "function": {"name": name, "arguments": "{\"city\": "}}]})
            self.chunk({"tool_calls": [{"index": 0, "function": {"arguments": "\"Hangzhou\"}"}}]})
            self.chunk({}, "tool_calls")
        elif "cut" in content and not last.get("partial"):
            for word in words[:2]:
                self.chunk({"content": word})
            self.close_connection = True
            return self.connection.close()
        else:
            for word in words:
                self.chunk({"content": word})
            self.chunk({"content": ""}, "stop")
        self.chunk({}, usage={"prompt_tokens": 5, "completion_tokens": 4, "total_tokens": 9})
        self.event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
