/** What goes wrong with one request. Offsets count the bytes of this request's body. */
export type Fault =
  | { readonly type: 'status'; readonly status: number; readonly code?: string; readonly retryAfterSeconds?: number }
  /** The connection is cut once so many bytes of the body have passed. */
  | { readonly type: 'reset'; readonly at: number }
  /** One bit arrives differently. */
  | { readonly type: 'flip'; readonly at: number }
  /** So many bytes pass, and they are said to be all. */
  | { readonly type: 'truncate'; readonly at: number }
  /** Source: the object is replaced by another one of the same size, and the connection is cut. */
  | { readonly type: 'swap'; readonly at: number }
  /** Source: the bytes of another object of the same size arrive. */
  | { readonly type: 'other'; readonly which: number }
  /** Target: everything is done, but nobody is told. */
  | { readonly type: 'unanswered' }
  /** Target: what is kept differs in one bit from what arrived, and its own checksum tells. */
  | { readonly type: 'kept-flipped'; readonly at: number };

export function flipped(chunk: Buffer, at: number): Buffer {
  const copy = Buffer.from(chunk);
  copy.writeUInt8(copy.readUInt8(at) ^ 0x10, at);
  return copy;
}
