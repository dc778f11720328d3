"""How it is spoken: Socket.IO and REST on one port, answering from one table of commands."""
