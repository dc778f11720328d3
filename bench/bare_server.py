"""The least that can be started: a bare python-socketio server on uvicorn: python bare_server.py PORT."""

import sys

import socketio
import uvicorn

server = socketio.ASGIApp(socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*"))
uvicorn.run(server, port=int(sys.argv[1]), ws="websockets-sansio", log_level="error")
