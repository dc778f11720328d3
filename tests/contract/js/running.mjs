// Runs the scripts one after the other in whatever has JavaScript, and tells how each went.

/** Run `names`, each the default export of its module in calls/, with a client of its own kind. */
export async function run({ names, io, url, site, options, pixels, report }) {
  for (const name of names) {
    const opened = [];
    const open = (more = {}) => {
      const socket = io(url, { ...options, ...more });
      opened.push(socket);
      return socket;
    };
    const started = Date.now();
    try {
      const script = await import(`./calls/${name}.mjs`);
      await script.default({ open, url, site, pixels, polling: options.transports === undefined });
      report({ name, ms: Date.now() - started });
    } catch (error) {
      report({ name, ms: Date.now() - started, error: String(error?.stack ?? error) });
    } finally {
      for (const socket of opened) socket.disconnect();
    }
  }
}
