/** The line between browser and server, which can go dead as a cable does that is pulled out: nothing comes, nothing is closed. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Line {
  url: string;
  /** Streams opened so far whose address has this in it. */
  opened(part: string): number;
  /** What the streams that are open now say from here on is lost; new ones hang until `mend`. */
  cut(): void;
  /** Bytes that were lost. */
  lost(): number;
  /** New streams get through again. Those that were cut stay dead. */
  mend(): void;
  stop(): Promise<void>;
}

export async function startLine(to: string): Promise<Line> {
  const target = new URL(to);
  const streams: string[] = [];
  const sockets = new Set<Socket>();
  let isCut = false;
  let lost = 0;
  let hanging: (() => void)[] = [];
  // Streams of this generation and of older ones are dead.
  let dead = 0;
  let generation = 0;

  const pass = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const isStream = incoming.headers.accept?.includes('text/event-stream') ?? false;
    generation += 1;
    const own = generation;
    const asked = request(
      {
        host: target.hostname,
        port: target.port,
        path: incoming.url,
        method: incoming.method,
        headers: incoming.headers,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.on('data', (chunk: Buffer) => {
          if (isStream && own <= dead) lost += chunk.length;
          else outgoing.write(chunk);
        });
        answer.on('end', () => {
          if (!isStream || own > dead) outgoing.end();
        });
      },
    );
    asked.on('error', () => outgoing.destroy());
    outgoing.on('close', () => asked.destroy());
    incoming.pipe(asked);
  };

  const server = createServer((incoming, outgoing) => {
    const isStream = incoming.headers.accept?.includes('text/event-stream') ?? false;
    if (isStream) streams.push(incoming.url ?? '');
    if (isStream && isCut) hanging.push(() => pass(incoming, outgoing));
    else pass(incoming, outgoing);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    opened: (part) => streams.filter((path) => path.includes(part)).length,
    cut: () => {
      isCut = true;
      dead = generation;
    },
    lost: () => lost,
    mend: () => {
      isCut = false;
      const waiting = hanging;
      hanging = [];
      for (const go of waiting) go();
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
