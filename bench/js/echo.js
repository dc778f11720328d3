// The reference: a bare Socket.IO server that answers every command with what it was sent.

import { createServer } from "node:http";
import { Server } from "socket.io";

/** Tell a client the time at a steady pace, in an event of the size that Zenobia's have. */
function tick(socket, every) {
  let seq = 0;
  const say = () => {
    const text = String(process.hrtime.bigint());
    socket.emit("sessionStatus", {
      sessionId: `ses_${socket.id}`,
      seq: ++seq,
      eventType: "message",
      status: "running",
      message: text,
      timestamp: Date.now(),
      data: { author: "agent", text },
    });
  };
  let timer = setTimeout(() => {
    timer = setInterval(say, every);
  }, Math.random() * every);
  socket.on("disconnect", () => clearInterval(timer));
}

const http = createServer();
const io = new Server(http, { serveClient: false });
io.on("connection", (socket) => {
  socket.onAny((name, payload, answer) => {
    if (name === "tick") tick(socket, payload.every * 1000);
    answer({ success: true, ...payload });
  });
});
http.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${http.address().port}`));
process.on("SIGTERM", () => process.exit(0));
