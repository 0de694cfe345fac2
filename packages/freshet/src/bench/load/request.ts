/** Requests as bytes, ready for a connection. */

export function encodeGet(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 'latin1');
}

/** The head of a POST of `bytes` bytes of JSON. */
export function postHead(path: string, bytes: number): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`;
}

export function encodePost(path: string, body: unknown): Buffer {
  const json = JSON.stringify(body);
  return Buffer.from(postHead(path, Buffer.byteLength(json)) + json, 'utf8');
}
