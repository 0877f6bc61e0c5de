import { connect, type Socket } from "node:net";
import { BraidError } from "../../../protocol/index.ts";

const HEAD_END = Buffer.from("\r\n\r\n");
const CHUNKS_END = Buffer.from("\r\n0\r\n\r\n");
/** Where an error answer names itself. */
const LOOKED_AT = 96;

interface Head {
  status: number;
  bodyStart: number;
  /** Undefined: chunked. */
  bodyBytes: number | undefined;
}

/**
 * HTTP/1.1 over one kept-open socket with one request in flight, and as little work a request as possible: the load
 * shares the machine with the node that it measures. Bodies are counted, not decoded.
 */
export class KeptConnection {
  private readonly socket: Socket;
  private chunks: Buffer[] = [];
  private received = 0;
  private head: Head | undefined;
  private waiting: { resolve(bytes: number): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new BraidError("BENCH_CONNECTION", "the node closed a connection")));
  }

  static open(url: URL): Promise<KeptConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(url.port), url.hostname);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new KeptConnection(socket));
      });
    });
  }

  /** Sends a whole request; resolves to the bytes of the answer's body, once all of them are there. */
  send(request: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.socket.removeAllListeners("close");
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received += chunk.length;
    if (this.head === undefined || this.head.bodyBytes === undefined || this.chunks.length === 0) {
      this.chunks.push(chunk);
    }
    this.head ??= this.readHead();
    if (this.head === undefined || !this.isWhole(this.head)) return;
    const { status, bodyStart } = this.head;
    const start = this.chunks[0]?.subarray(bodyStart, bodyStart + LOOKED_AT).toString() ?? "";
    const body = this.received - bodyStart;
    const { waiting } = this;
    this.chunks = [];
    this.received = 0;
    this.head = undefined;
    this.waiting = undefined;
    if (status === 200 && !start.includes('"error"')) waiting?.resolve(body);
    else waiting?.reject(new BraidError("BENCH_ANSWER", `the node answered ${status}: ${start}`));
  }

  private readHead(): Head | undefined {
    const all = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
    const end = all?.indexOf(HEAD_END) ?? -1;
    if (all === undefined || end < 0) return undefined;
    this.chunks = [all];
    const text = all.toString("latin1", 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    return {
      status: Number(text.slice(9, 12)),
      bodyStart: end + HEAD_END.length,
      bodyBytes: length === undefined ? undefined : Number(length),
    };
  }

  private isWhole({ bodyStart, bodyBytes }: Head): boolean {
    if (bodyBytes !== undefined) return this.received >= bodyStart + bodyBytes;
    const last = this.chunks.at(-1);
    if (last === undefined || this.received < bodyStart + CHUNKS_END.length) return false;
    const tail = last.length >= CHUNKS_END.length ? last : Buffer.concat(this.chunks.slice(-2));
    return tail.subarray(-CHUNKS_END.length).equals(CHUNKS_END);
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}

/** A POST with this body, as the bytes that go over the wire. */
export function httpRequest(url: URL, body: string): Buffer {
  return Buffer.from(
    `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
