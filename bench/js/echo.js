// The reference: a bare Socket.IO server that answers every command with what it was sent.

import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { serveClient: false });
io.on("connection", (socket) => {
  socket.onAny((_name, payload, answer) => answer({ success: true, ...payload }));
});
http.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${http.address().port}`));
process.on("SIGTERM", () => process.exit(0));
